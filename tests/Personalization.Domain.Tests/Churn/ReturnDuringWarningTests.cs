using Personalization.Churn;
using Personalization.Domain.Tests.Support;
using Personalization.Events;

namespace Personalization.Domain.Tests.Churn;

public sealed class ReturnDuringWarningTests
{
    private readonly ChurnPolicy _policy = new(new ChurnOptions());

    [Fact]
    public void Who_came_back_before_the_warning_was_published_is_looked_at_at_once()
    {
        var gone = Shop.Did(EventType.Purchase, "a", 40);
        var warned = _policy.Decide(ChurnMemory.Empty, ChurnPolicyTests.Input(0.9, gone));

        var published = ChurnPolicy.Published(warned.Memory, warned.Warning!, [gone, Shop.Did(EventType.View, "b", 0.1)], Shop.Now);

        published.Unpublished.ShouldBeNull();
        published.NextCheck.ShouldBe(Shop.Now);
    }

    [Fact]
    public void Who_was_only_shown_something_is_not()
    {
        var gone = Shop.Did(EventType.Purchase, "a", 40);
        var warned = _policy.Decide(ChurnMemory.Empty, ChurnPolicyTests.Input(0.9, gone));

        ChurnPolicy.Published(warned.Memory, warned.Warning!, [gone, Shop.Did(EventType.Impression, "b", 0.1)], Shop.Now).NextCheck.ShouldBeNull();
    }

    [Fact]
    public void A_check_that_is_planned_stays()
    {
        var gone = Shop.Did(EventType.Purchase, "a", 40);
        var warned = _policy.Decide(ChurnMemory.Empty, ChurnPolicyTests.Input(0.9, gone));
        var planned = warned.Memory with { NextCheck = Shop.Now.AddDays(1) };

        ChurnPolicy.Published(planned, warned.Warning!, [gone, Shop.Did(EventType.View, "b", 0.1)], Shop.Now).NextCheck.ShouldBe(Shop.Now.AddDays(1));
    }
}
