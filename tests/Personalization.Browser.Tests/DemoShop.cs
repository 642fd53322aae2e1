using Microsoft.Playwright;
using Personalization.BrowserTests;
using Personalization.Testing;

[assembly: AssemblyFixture(typeof(DemoShop))]

namespace Personalization.BrowserTests;

/// <summary>The demo as its own process, and the system's Chromium.</summary>
public sealed class DemoShop : IAsyncDisposable
{
    private static readonly string[] BrowserArguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    private readonly Lazy<Task> _started;
    private readonly int _port = FreePort.Next();
    private ChildProcess? _demo;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public DemoShop() => _started = new Lazy<Task>(StartAsync);

    private static string? Chromium => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Opens a page of the shop; skips the test where Chromium is missing.</summary>
    /// <param name="path">For instance <c>/ops</c>.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <returns>The page and the errors it reports.</returns>
    public async Task<(IPage Page, List<string> Errors)> OpenAsync(string path, int width, int height)
    {
        Assert.SkipWhen(Chromium is null, "Chromium is not installed (Debian: chromium).");
        await _started.Value;
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height } });
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                errors.Add(message.Text);
            }
        };
        await page.GotoAsync($"http://127.0.0.1:{_port}{path}");
        return (page, errors);
    }

    /// <summary>Keeps a picture of a page as an artefact.</summary>
    /// <param name="page">The page.</param>
    /// <param name="name">Name of the file.</param>
    /// <returns>Completes when it is written.</returns>
    public static async Task KeepAsync(IPage page, string name)
    {
        ArgumentNullException.ThrowIfNull(page);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Repository.Root, "artifacts", "screenshots", name + ".png") });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_demo is not null)
        {
            _demo.Signal("TERM");
            try
            {
                await _demo.WaitForExitAsync(TimeSpan.FromSeconds(30));
            }
            finally
            {
                await _demo.DisposeAsync();
            }
        }
    }

    private async Task StartAsync()
    {
        _demo = ChildProcess.Start("dotnet", [Repository.Program("silo/Personalization.Silo"), "demo", "--urls", $"http://127.0.0.1:{_port}", "--rate", "500"]);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Wait.UntilAsync(
            async () =>
            {
                using var ready = await http.GetAsync(new Uri($"http://127.0.0.1:{_port}/health/ready"));
                return ready.IsSuccessStatusCode && _demo.Output.Contains("The shop is open", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(60),
            "the demo to open within 60 s");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = BrowserArguments });
    }
}
