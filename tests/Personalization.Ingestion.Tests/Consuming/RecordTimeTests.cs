using Confluent.Kafka;

namespace Personalization.Ingestion.Tests;

public sealed class RecordTimeTests
{
    [Fact]
    public void Of_AMessageWithATime_IsThatTime() =>
        RecordTime.Of(new Timestamp(1_764_000_000_123, TimestampType.LogAppendTime)).ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_123));

    [Theory]
    [InlineData(1_764_000_000_000_000)]
    [InlineData(1_764_000_000_000_000_000)]
    [InlineData(253_402_300_800_000)]
    [InlineData(long.MinValue)]
    public void Of_ANumberThatNoCalendarHolds_IsNone(long milliseconds) =>
        RecordTime.Of(new Timestamp(milliseconds, TimestampType.CreateTime)).ShouldBeNull();

    [Fact]
    public void Of_AMessageWithoutTime_IsNone() => RecordTime.Of(Timestamp.Default).ShouldBeNull();
}
