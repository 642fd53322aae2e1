namespace Personalization.Client.Tests;

public sealed class VersionMemoryTests
{
    [Fact]
    public void Set_BeyondCapacity_ForgetsTheUserHeardOfLongestAgo()
    {
        var memory = new VersionMemory(2);
        memory.Set("a", "e.0.1");
        memory.Set("b", "e.0.2");
        memory.Set("a", "e.0.3");
        memory.Set("c", "e.0.4");

        memory.Get("a").ShouldBe("e.0.3");
        memory.Get("b").ShouldBeNull();
        memory.Get("c").ShouldBe("e.0.4");
    }

    [Fact]
    public void Forget_AnErasedUser_LeavesTheOthers()
    {
        var memory = new VersionMemory(2);
        memory.Set("a", "e.0.1");
        memory.Set("b", "e.0.2");
        memory.Forget("a");
        memory.Forget("unknown");

        memory.Get("a").ShouldBeNull();
        memory.Get("b").ShouldBe("e.0.2");
    }
}
