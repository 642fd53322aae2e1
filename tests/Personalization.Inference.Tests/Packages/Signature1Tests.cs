using System.Text.Json;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Packages;

/// <summary>A small package as releases before totals wrote it: it is served as ever.</summary>
public sealed class Signature1Tests
{
    private static readonly string Folder = Path.Combine(
        ShippedPackage.Root, "..", "..", "tests", "Personalization.Inference.Tests", "Packages", "Signature1", "small", "1");

    private readonly ModelPackage _package = ModelPackageLoader.Load(Path.GetFullPath(Folder));

    [Fact]
    public void Run_GivesWhatItsExportSays()
    {
        _package.Manifest.Totals.ShouldBeEmpty();
        var parity = JsonSerializer.Deserialize<ParityFile>(File.ReadAllText(Path.Combine(_package.Directory, "parity.json")), JsonSerializerOptions.Web)!;
        using var runner = TestEngine.Runners().Open(_package);
        using var slot = runner.CreateSlot(1);
        foreach (var row in parity.Rows)
        {
            row.ToSequence(_package.Manifest.MaxLength).Write(slot.Buffers, 0, row.Items.Length);
            slot.Run(1, row.Items.Length);
            var scores = slot.Buffers.ScoresOf();
            for (var i = 0; i < row.TopItems.Length; i++)
            {
                scores[row.TopItems[i]].ShouldBe(row.TopScores[i], parity.Tolerance);
            }

            slot.Buffers.Churn[0].ShouldBe(row.Churn, parity.Tolerance);
        }
    }

    [Fact]
    public async Task Infer_TotalsInTheRequest_ChangeNothing()
    {
        await using var engine = TestEngine.Create(_package, TestEngine.Runners().Open(_package), new InferenceOptions());
        engine.Start();
        var request = TestEngine.Ask("i3", "i5");
        var without = (await engine.TryInferAsync(request, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        var with = (await engine.TryInferAsync(
            request with { Totals = new LifeTotals(900, 3, 12_000, 0) }, TestContext.Current.CancellationToken)).ShouldNotBeNull();

        with.Status.ShouldBe(InferenceStatus.Ok);
        with.Churn.ShouldBe(without.Churn);
        with.Candidates.Select(candidate => candidate.ItemId).ShouldBe(without.Candidates.Select(candidate => candidate.ItemId));
    }
}
