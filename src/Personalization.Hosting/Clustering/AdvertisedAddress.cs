using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Personalization.Hosting;

/// <summary>The address that other silos use: Orleans' membership table holds addresses, never names.</summary>
internal static class AdvertisedAddress
{
    private const string Setting = ClusterMembershipOptions.Section + ":" + nameof(ClusterMembershipOptions.AdvertisedAddress);

    /// <summary>An IP address as it is written; of a host name the one that it has now, IPv4 before IPv6.</summary>
    /// <param name="value">Address or host name.</param>
    /// <returns>The address; throws <see cref="OptionsValidationException"/> that names the setting where there is none.</returns>
    public static IPAddress Resolve(string value)
    {
        if (IPAddress.TryParse(value, out var address))
        {
            return address;
        }

        if (string.IsNullOrWhiteSpace(value))
        {
            throw Refused("is empty");
        }

        try
        {
            return Dns.GetHostAddresses(value).OrderBy(found => found.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault()
                ?? throw Refused($"'{value}' has no address");
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            throw Refused($"'{value}' is no IP address, and no host name that can be resolved ({exception.Message})");
        }
    }

    private static OptionsValidationException Refused(string why) =>
        new(ClusterMembershipOptions.Section, typeof(ClusterMembershipOptions), [$"{Setting} {why}. It is the address at which the other silos reach this one."]);
}
