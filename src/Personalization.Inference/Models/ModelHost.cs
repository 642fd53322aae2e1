using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Models;

namespace Personalization.Inference.Models;

/// <summary>
/// Holds the engine that answers. A new model is read, checked and warmed up beside the old one, then takes over in one step; the old
/// one answers what it has taken in and is freed. A package that fails changes nothing but the status. Thread-safe.
/// </summary>
internal sealed partial class ModelHost : IModelStatusSource, IAsyncDisposable
{
    private readonly InferenceOptions _options;
    private readonly IModelRunnerFactory _runners;
    private readonly IItemCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly InferenceInstruments _instruments;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly ModelPackageStore _store;
    private readonly SemaphoreSlim _loading = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private InferenceEngine? _current;
    private ModelRef? _chosen;
    private string? _error;

    public ModelHost(
        IOptions<InferenceOptions> options,
        IModelRunnerFactory runners,
        IItemCatalog catalog,
        TimeProvider time,
        InferenceInstruments instruments,
        ILoggerFactory loggers)
    {
        (_options, _runners, _catalog, _time, _instruments, _loggers) = (options.Value, runners, catalog, time, instruments, loggers);
        _logger = loggers.CreateLogger<ModelHost>();
        _store = new ModelPackageStore(_options.PackagesPath);
    }

    /// <summary>The engine that answers, or null before a model is loaded.</summary>
    public InferenceEngine? Current => Volatile.Read(ref _current);

    /// <summary>The longest input that any of its models reads, the challenger's too; null before a model is loaded.</summary>
    public int? MaxLength => Current is { } engine ? Math.Max(engine.MaxLength, Volatile.Read(ref _challenger)?.Engine.MaxLength ?? 0) : null;

    /// <summary>Whether a model answers: itself, or the variant that this silo is to serve in its place.</summary>
    /// <param name="model">The model.</param>
    /// <returns>Whether it does.</returns>
    public bool Serves(ModelRef model) => model == Volatile.Read(ref _chosen) || model == Current?.Model;

    /// <inheritdoc/>
    public ModelStatus GetStatus() => new()
    {
        Active = Current?.Model,
        Available = _store.List(),
        Error = Volatile.Read(ref _error) ?? Volatile.Read(ref _challengeError),
        Provider = _runners.Provider,
        Challenger = Volatile.Read(ref _challenger)?.Status,
        Chosen = Volatile.Read(ref _chosen),
    };

    /// <summary>
    /// Loads the configured version, or else the newest that can be loaded. An error stands in the status, also that of a newer version than the one that answers.
    /// </summary>
    /// <param name="served">What other silos serve, if that is known: where no version is configured it is tried before newer ones.</param>
    /// <param name="error">Why the default is wanted, if a model that was chosen could not be loaded: stands in the status.</param>
    /// <returns>Whether a model answers.</returns>
    public async Task<bool> LoadDefaultAsync(ModelRef? served = null, string? error = null)
    {
        string[] versions = _options.Version is { } configured ? [configured] : _store.Versions(_options.Model, served);
        if (versions.Length == 0)
        {
            Failed(new ModelPackageException(
                $"{Path.Combine(_store.Root, _options.Model)}: there is no package. Copy one there, or set {InferenceOptions.Section}:PackagesPath and Model."));
        }

        foreach (var version in versions)
        {
            if (await LoadAsync(new ModelRef(_options.Model, version)))
            {
                Volatile.Write(ref _error, error);
                return true;
            }

            error ??= Volatile.Read(ref _error);
            if (_stopping.IsCancellationRequested)
            {
                break;
            }
        }

        Volatile.Write(ref _error, error ?? Volatile.Read(ref _error));
        return false;
    }

    /// <summary>Makes a model the one that answers, in the configured variant; an error stands in the status.</summary>
    /// <param name="model">The model.</param>
    /// <returns>Whether it answers now.</returns>
    public async Task<bool> LoadAsync(ModelRef model)
    {
        await _loading.WaitAsync();
        try
        {
            var package = Resolve(model);
            if (Current?.Model == package)
            {
                Volatile.Write(ref _chosen, model);
                Volatile.Write(ref _error, null);
                return true;
            }

            var started = _time.GetTimestamp();
            var engine = await OpenOnItsOwnThreadAsync(package);
            var old = Interlocked.Exchange(ref _current, engine);
            Volatile.Write(ref _chosen, model);
            Volatile.Write(ref _error, null);
            LogLoaded(package.Name, package.Version, _runners.Provider, _time.GetElapsedTime(started).TotalMilliseconds);
            if (old is not null)
            {
                await old.DisposeAsync();
            }

            return true;
        }
        catch (Exception e)
        {
            Failed(e);
            return false;
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Asks the model that answers now, however often it is replaced meanwhile.</summary>
    /// <param name="request">The question.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer.</returns>
    public ValueTask<InferenceResult> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        // As a rule there is one model and it stays: then the engine's own answer is the answer.
        if (Volatile.Read(ref _challenger) is null && Current is { } engine)
        {
            var answer = engine.TryInferAsync(request, cancellationToken);
            if (!answer.IsCompletedSuccessfully)
            {
                return answer!;
            }

            if (answer.Result is { } result)
            {
                return new ValueTask<InferenceResult>(result);
            }
        }

        return AskAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loading.WaitAsync();
        await ReplaceChallengerAsync(null);
        if (Interlocked.Exchange(ref _current, null) is { } engine)
        {
            await engine.DisposeAsync();
        }

        // The container knows the host by two service types and disposes it once for each.
        _loading.Release();
    }

    private async ValueTask<InferenceResult> AskAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var challenger = Volatile.Read(ref _challenger);
        if (challenger is not null && challenger.Challenge.Serves(request.UserId))
        {
            var started = _time.GetTimestamp();
            if (await AskChallengerAsync(challenger, request, cancellationToken).ConfigureAwait(false) is { } answer)
            {
                return answer;
            }

            request = request with { Budget = request.Budget - _time.GetElapsedTime(started) };
        }

        while (Current is { } engine)
        {
            if (await engine.TryInferAsync(request, cancellationToken).ConfigureAwait(false) is { } result)
            {
                if (challenger is not null && result.Status == InferenceStatus.Ok && request.Priority != InferencePriority.Bulk)
                {
                    _ = challenger.CompareAsync(request, result);
                }

                return result;
            }
        }

        _instruments.NoEngine();
        return InferenceResult.None(InferenceStatus.NoModel);
    }

    // The variant that this silo is to serve in a version's place; who chooses a variant by its own name gets it.
    private ModelRef Resolve(ModelRef model) =>
        _store.List().Contains(model) && !_store.Versions(model.Name).Contains(model.Version, StringComparer.Ordinal)
            ? model
            : _store.Resolve(model.Name, model.Version, _options.Variant);

    private void Failed(Exception exception) => Failed(exception, ref _error);

    private void Failed(Exception exception, ref string? error)
    {
        Volatile.Write(ref error, exception.Message);
        if (!_stopping.IsCancellationRequested)
        {
            LogLoadFailed(exception, Current?.Model);
        }
    }

    private Task<InferenceEngine> OpenOnItsOwnThreadAsync(ModelRef model) => Task.Factory.StartNew(
        () => OpenAsync(model), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    private InferenceEngine Create(ModelPackage package)
    {
        var runner = _runners.Open(package);
        try
        {
            return new InferenceEngine(package, runner, _catalog, _options, _time, _instruments, _loggers.CreateLogger<InferenceEngine>());
        }
        catch
        {
            runner.Dispose();
            throw;
        }
    }

    private async Task<InferenceEngine> OpenAsync(ModelRef model)
    {
        var package = ModelPackageLoader.Load(_store.DirectoryOf(model));
        var engine = Create(package);
        try
        {
            await engine.StartWarmAsync(gently: Current is not null, _stopping.Token);
            return engine;
        }
        catch (OperationCanceledException)
        {
            await engine.DisposeAsync();
            throw;
        }
        catch (Exception e)
        {
            await engine.DisposeAsync();
            throw new ModelPackageException($"{package.GraphPath}: the graph fails when it runs: {e.Message} Export the graph again.", e);
        }
    }
}
