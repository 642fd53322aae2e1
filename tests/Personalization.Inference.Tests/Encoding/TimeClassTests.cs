using System.Text.Json;
using Personalization.Events;
using Personalization.Inference.Encoding;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Encoding;

/// <summary>What the encoder makes of two moments is what training makes of them: its tests read the same file.</summary>
public sealed class TimeClassTests
{
    private static readonly string File = Path.Combine(Directory.GetParent(ShippedPackage.Root)!.FullName, "tests", "time_classes.json");

    [Fact]
    public void Encode_MomentsWithinASecondOfAClasssBoundary_HaveTheClassThatTrainingGivesThem()
    {
        var package = ShippedPackage.Load();
        var encoder = new SequenceEncoder(package);
        var moments = JsonSerializer.Deserialize<Moments[]>(System.IO.File.ReadAllText(File), JsonSerializerOptions.Web)!;

        moments.Select(both => both.Class).Distinct().Count().ShouldBe(package.Manifest.GapBoundariesSeconds.Length + 1);
        foreach (var both in moments)
        {
            var sequence = new EncodedSequence(package.Manifest.MaxLength, package.Manifest.Totals.Length);
            encoder.Encode(Ask([both.Older, both.Newer], both.Newer), sequence);
            sequence.Gaps[^1].ShouldBe(both.Class, $"{both} as the gap between two events");
            encoder.Encode(Ask([both.Older], both.Newer), sequence);
            encoder.ClassOf(sequence.Elapsed).ShouldBe(both.Class, $"{both} as the time since the newest event");
        }

        InferenceRequest Ask(long[] times, long now) => new()
        {
            ItemIds = [.. times.Select((_, i) => package.Vocabulary[i + 1])],
            Types = [.. times.Select(_ => EventType.Purchase)],
            Timestamps = times,
            Now = now,
        };
    }

    private sealed record Moments(long Older, long Newer, int Class);
}
