using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Personalization.Catalog;
using Personalization.Inference.Engine;
using Personalization.Inference.Tests.Support;
using Personalization.Telemetry;

namespace Personalization.Inference.Tests.Engine;

public sealed class RejectionCountTests
{
    [Fact]
    public async Task Each_request_without_a_score_is_counted_by_its_reason_where_it_ended_and_the_model()
    {
        using var measured = new KeptMeasurements();
        var time = new FakeTimeProvider();
        var model = new FakeModel { BeforeRun = newest => Array.ForEach(newest, item => { if (item == 3) { throw new InvalidOperationException("Told to fail."); } }) };
        await using var engine = new InferenceEngine(
            model.Package, model, new ItemCatalog(), new InferenceOptions { QueueCapacity = 3 }, time, new InferenceInstruments(measured.Meters), NullLogger<InferenceEngine>.Instance);

        _ = AskAsync("i1", TimeSpan.Zero);
        _ = AskAsync("nothing the model knows", TimeSpan.FromSeconds(1));
        Task[] queued = [AskAsync("i1", TimeSpan.FromMilliseconds(5)), AskAsync("i2", TimeSpan.FromSeconds(1)), AskAsync("i3", TimeSpan.FromSeconds(1))];
        await AskAsync("i4", TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromMilliseconds(6));
        engine.Workers[0].Step(wait: false);
        await Task.WhenAll(queued);

        measured.Of(TelemetryNames.InferenceRejected).Order(StringComparer.Ordinal).ShouldBe(
        [
            "1 deadline_exceeded admission fake/1",
            "1 deadline_exceeded queue fake/1",
            "1 failed run fake/1",
            "1 no_known_items admission fake/1",
            "1 overloaded admission fake/1",
        ]);

        Task<InferenceResult?> AskAsync(string item, TimeSpan budget) => engine.TryInferAsync(TestEngine.Ask(item) with { Budget = budget }, CancellationToken.None).AsTask();
    }
}
