using Personalization.Inference.Engine;

namespace Personalization.Inference.Tests.Engine;

public sealed class ThreadNicenessTests
{
    // In /proc/thread-self/stat, behind the name, which may hold anything up to the last bracket.
    private const int Place = 16;

    [Fact]
    public void TrySet_AThread_SetsItsOwnAndNoOther()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has a niceness for each thread");
        var before = Niceness();
        var (isSet, inside) = (false, 0);
        var thread = new Thread(() => (isSet, inside) = (ThreadNiceness.TrySet(7), Niceness()));

        thread.Start();
        thread.Join();

        isSet.ShouldBeTrue();
        inside.ShouldBe(7);
        Niceness().ShouldBe(before);
    }

    [Fact]
    public void TrySet_LargerShare_IsNotThatOfThreadsItStarts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has a niceness for each thread");
        var before = Niceness();
        var (isSet, inside, started) = (false, 0, 0);
        var thread = new Thread(() =>
        {
            (isSet, inside) = (ThreadNiceness.TrySet(-3), Niceness());
            var other = new Thread(() => started = Niceness());
            other.Start();
            other.Join();
        });

        thread.Start();
        thread.Join();

        // Without the capability it stays as it was.
        (inside, started).ShouldBe(isSet ? (-3, 0) : (before, before));
    }

    private static int Niceness()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[Place]);
    }
}
