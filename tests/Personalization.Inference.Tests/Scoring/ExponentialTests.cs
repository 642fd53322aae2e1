using System.Runtime.Intrinsics;
using Personalization.Inference.Scoring;

namespace Personalization.Inference.Tests.Scoring;

public sealed class ExponentialTests
{
    [Fact]
    public void OfNegative_IsTheExponential()
    {
        for (var x = 0f; x > -80; x -= 0.0137f)
        {
            var expected = Math.Exp(x);

            ((double)Exponential.OfNegative(Vector512.Create(x))[0]).ShouldBe(expected, expected * 1e-5, $"{x}");
        }

        Exponential.OfNegative(Vector512<float>.Zero)[3].ShouldBe(1);
        Exponential.OfNegative(Vector512.Create(float.NegativeInfinity))[0].ShouldBeInRange(0, 1e-37f);
    }
}
