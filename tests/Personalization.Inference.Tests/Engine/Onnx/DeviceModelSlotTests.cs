using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using Personalization.Inference.Engine;
using Personalization.Inference.Tests.Support;

namespace Personalization.Inference.Tests.Engine;

/// <summary>The way of a run over a device's memory, with the CPU's in its place.</summary>
public sealed class DeviceModelSlotTests
{
    private const int MaxBatch = 12;

    [Fact]
    public void Run_OverTheDevicesTensors_GivesBitForBitWhatARunOverTheBuffersGives()
    {
        var package = ShippedPackage.Load();
        var rows = ShippedPackage.ReadParity().Rows[..MaxBatch];
        using var runner = TestEngine.Runners().Open(package);
        using var oneThread = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(package.GraphPath, oneThread);
        using var plain = runner.CreateSlot(MaxBatch);
        using var device = new DeviceModelSlot(session, new BatchBuffers(MaxBatch, package.Manifest.MaxLength, package.Vocabulary.Width, totals: package.Manifest.Totals.Length, probabilities: package.Manifest.GivesProbabilities), OrtMemoryInfo.DefaultInstance, Copy);
        for (var batch = 1; batch <= MaxBatch; batch++)
        {
            foreach (var slot in (IModelSlot[])[plain, device])
            {
                for (var row = 0; row < batch; row++)
                {
                    rows[row].ToSequence(package.Manifest.MaxLength).Write(slot.Buffers, row, package.Manifest.MaxLength);
                }

                slot.Run(slot == plain ? Math.Min(MaxBatch, (int)BitOperations.RoundUpToPowerOf2((uint)batch)) : batch, package.Manifest.MaxLength);
            }

            var size = batch * plain.Buffers.Width;
            device.Buffers.Scores.AsSpan(0, size).SequenceEqual(plain.Buffers.Scores.AsSpan(0, size)).ShouldBeTrue($"{batch} rows");
            device.Buffers.Churn.AsSpan(0, batch).SequenceEqual(plain.Buffers.Churn.AsSpan(0, batch)).ShouldBeTrue($"{batch} rows");
        }

        // 1, 2, 4, 8 and all.
        device.Shapes.ShouldBe(5);
    }

    private static void Copy(OrtValue[] from, OrtValue[] to)
    {
        foreach (var (source, target) in from.Zip(to))
        {
            source.GetTensorMutableRawData().CopyTo(target.GetTensorMutableRawData());
        }
    }
}
