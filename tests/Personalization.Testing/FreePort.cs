using System.Net;
using System.Net.Sockets;

namespace Personalization.Testing;

/// <summary>Ports that nobody uses.</summary>
public static class FreePort
{
    /// <summary>Asks the operating system for unused loopback ports, all different.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The ports.</returns>
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            foreach (var listener in listeners)
            {
                listener.Start();
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }
        }
    }

    /// <summary>Asks for one unused loopback port.</summary>
    /// <returns>The port.</returns>
    public static int Next() => Take(1)[0];
}
