using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>
/// Loads a history from a file into the stream, every row once however often it is interrupted: progress is kept when all before it is acknowledged,
/// and what a killed run sent beyond that is looked up in the topic itself. Ids of events are made of the file's identity and the row.
/// </summary>
/// <param name="options">Which file.</param>
/// <param name="target">Which topic.</param>
/// <param name="parser">Checks every row.</param>
/// <param name="time">The clock; null: the system's.</param>
public sealed class Bootstrapper(BootstrapOptions options, IBootstrapTarget target, EventParser parser, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Loads the file, or the rest of it. When it is stopped, what was sent is acknowledged and kept first.</summary>
    /// <param name="progress">Told after each checkpoint.</param>
    /// <param name="cancellationToken">Stops between two rows.</param>
    /// <returns>How far it came: not complete when it was stopped.</returns>
    /// <exception cref="InvalidDataException">The file or the topic is another one than the earlier run's, or the file is not of its format.</exception>
    public async Task<BootstrapProgress> RunAsync(IProgress<BootstrapProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var identity = await FileIdentity.OfAsync(options.Path, cancellationToken);
        var state = await BeginAsync(identity, cancellationToken);
        var resumed = state.Row;
        if (state.Complete)
        {
            return Of(state, resumed);
        }

        var known = await target.EventIdsAsync(state.Ends, cancellationToken);
        await using var rejects = new RejectsFile(options.Rejects);
        rejects.Resume(state.RejectsBytes);
        var pacer = new Pacer(options.Rate, _time);
        var saved = _time.GetTimestamp();
        var complete = true;
        await foreach (var row in Rows(identity).WithCancellation(CancellationToken.None))
        {
            if (row.Number <= resumed)
            {
                continue;
            }

            if (cancellationToken.IsCancellationRequested)
            {
                complete = false;
                break;
            }

            state = await TakeAsync(row, state, known, rejects, pacer);
            if (_time.GetElapsedTime(saved) >= options.CheckpointInterval)
            {
                state = await SaveAsync(state, rejects);
                progress?.Report(Of(state, resumed));
                saved = _time.GetTimestamp();
            }
        }

        state = await SaveAsync(state with { Complete = complete }, rejects);
        progress?.Report(Of(state, resumed));
        return Of(state, resumed);
    }

    private static BootstrapProgress Of(BootstrapState state, long resumed) => new(state.Row, state.Sent, state.Rejected, resumed, state.Complete);

    private IAsyncEnumerable<EventRow> Rows(string identity) => EventRows.ReadFileAsync(
        options.Path, options.Rows with { IdPrefix = options.Rows.IdPrefix ?? identity, RequireTimestamp = true }, parser, options.Format, _time);

    private async Task<BootstrapState> BeginAsync(string identity, CancellationToken cancellationToken)
    {
        var before = options.Restart ? null : await BootstrapState.LoadAsync(options.State, cancellationToken);
        if (before is null)
        {
            var fresh = new BootstrapState(identity, target.Id, 0, 0, 0, 0, await target.EndsAsync(cancellationToken), Complete: false);
            await fresh.SaveAsync(options.State, cancellationToken);
            return fresh;
        }

        if (before.File != identity)
        {
            throw new InvalidDataException($"{options.Path} is not the file that {options.State} is about: it has changed since. To load it from its beginning, restart.");
        }

        return before.Topic == target.Id
            ? before
            : throw new InvalidDataException($"The topic is not the one that {options.State} is about: it was recreated since. To load the file from its beginning, restart.");
    }

    private async Task<BootstrapState> TakeAsync(EventRow row, BootstrapState state, IReadOnlySet<string> known, RejectsFile rejects, Pacer pacer)
    {
        if (row.Event is not { } behaviorEvent)
        {
            await rejects.AddAsync(row, CancellationToken.None);
            return state with { Row = row.Number, Rejected = state.Rejected + 1 };
        }

        if (!known.Contains(behaviorEvent.EventId))
        {
            await pacer.WaitAsync(CancellationToken.None);
            await target.SendAsync(behaviorEvent, CancellationToken.None);
        }

        return state with { Row = row.Number, Sent = state.Sent + 1 };
    }

    private async Task<BootstrapState> SaveAsync(BootstrapState state, RejectsFile rejects)
    {
        await target.FlushAsync(CancellationToken.None);
        rejects.Flush();
        state = state with { Ends = await target.EndsAsync(CancellationToken.None), RejectsBytes = rejects.Length };
        await state.SaveAsync(options.State, CancellationToken.None);
        return state;
    }
}
