using System.Collections.Concurrent;
using System.Diagnostics;

namespace Personalization.Testing;

/// <summary>A process that a test started: its last output is kept for error messages, and it never outlives the test.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 400;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ChildProcess(Process process) => _process = process;

    /// <summary>Process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Exit code of an ended process.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines of both outputs.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts a program.</summary>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables on top of this process's.</param>
    /// <param name="workingDirectory">Folder it starts in.</param>
    /// <returns>The running process.</returns>
    public static ChildProcess Start(
        string file,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            info.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = info });
        child._process.OutputDataReceived += (_, line) => child.Keep(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Keep(line.Data);
        child._process.Start();
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables on top of this process's.</param>
    /// <returns>Its output; throws when it fails.</returns>
    public static async Task<string> RunAsync(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var child = Start(file, arguments, environment);
        await child.WaitForExitAsync(TimeSpan.FromMinutes(2));
        return child.ExitCode == 0
            ? child.Output
            : throw new InvalidOperationException($"{file} ended with {child.ExitCode}:\n{child.Output}");
    }

    /// <summary>Sends a signal, for instance <c>TERM</c>, <c>KILL</c>, <c>INT</c>, <c>STOP</c>, <c>CONT</c>.</summary>
    /// <param name="signal">Name without SIG.</param>
    public void Signal(string signal)
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString()]);
            kill.WaitForExit();
        }
    }

    /// <summary>Waits for the end.</summary>
    /// <param name="timeout">How long at most; then <see cref="TimeoutException"/> with the last output.</param>
    /// <returns>Completes when it has ended.</returns>
    public async Task WaitForExitAsync(TimeSpan timeout)
    {
        using var source = new CancellationTokenSource(timeout);
        try
        {
            await _process.WaitForExitAsync(source.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end within {timeout.TotalSeconds:0} s:\n{Output}", exception);
        }
    }

    /// <summary>Waits until the process answers <c>/health/ready</c> with success.</summary>
    /// <param name="url">Its address.</param>
    /// <param name="timeout">How long at most.</param>
    /// <returns>Completes when it is ready; throws <see cref="InvalidOperationException"/> with the last output when it ended or the time is up.</returns>
    public async Task WaitUntilReadyAsync(Uri url, TimeSpan timeout)
    {
        using var http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            await Wait.UntilAsync(
                async () =>
                {
                    if (HasExited)
                    {
                        return true;
                    }

                    using var answer = await http.GetAsync(new Uri("health/ready", UriKind.Relative));
                    return answer.IsSuccessStatusCode;
                },
                timeout,
                "it is ready");
        }
        catch (TimeoutException exception)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} at {url} did not become ready:\n{Output}", exception);
        }

        if (HasExited)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} at {url} ended with {ExitCode}:\n{Output}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        while (_output.Count > KeptLines)
        {
            _output.TryDequeue(out _);
        }
    }
}
