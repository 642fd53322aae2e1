using System.Net;
using System.Net.Sockets;

namespace Personalization.Benchmarks.Faults;

/// <summary>A wire between processes that can go silent: bytes wait, connections stay open, as behind a switch that hangs.</summary>
internal sealed class StallingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _target;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = Opened();

    /// <summary>Starts it.</summary>
    /// <param name="port">Where it listens.</param>
    /// <param name="target">The loopback port behind it.</param>
    public StallingProxy(int port, int target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Lets nothing through any more.</summary>
    public void Stall() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets everything through again, what waited first.</summary>
    public void Resume() => _open.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _listener.Stop();
        Resume();
        await _accepting;
        _stopped.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private async Task AcceptAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopped.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var incoming = client;
        using var outgoing = new TcpClient();
        try
        {
            await outgoing.ConnectAsync(IPAddress.Loopback, _target, _stopped.Token);
            incoming.NoDelay = outgoing.NoDelay = true;
            await Task.WhenAny(PumpAsync(incoming.GetStream(), outgoing.GetStream()), PumpAsync(outgoing.GetStream(), incoming.GetStream()));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
        {
            return;
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, _stopped.Token)) > 0)
            {
                await _open.Task.WaitAsync(_stopped.Token);
                await to.WriteAsync(buffer.AsMemory(0, read), _stopped.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            return;
        }
    }
}
