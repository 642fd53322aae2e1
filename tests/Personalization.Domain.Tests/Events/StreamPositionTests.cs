using Personalization.Events;

namespace Personalization.Domain.Tests.Events;

public sealed class StreamPositionTests
{
    [Fact]
    public void TryParse_of_a_token_gives_the_position_back()
    {
        var position = new StreamPosition("AbC-_9", 3, 1_234_567_890_123);

        StreamPosition.TryParse(position.ToString(), out var parsed).ShouldBeTrue();
        parsed.ShouldBe(position);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.1.2.3")]
    [InlineData(".1.2")]
    [InlineData("a.-1.2")]
    [InlineData("a.1.-2")]
    [InlineData("a b.1.2")]
    [InlineData("a.1.99999999999999999999")]
    public void TryParse_of_anything_else_fails(string? token) => StreamPosition.TryParse(token, out _).ShouldBeFalse();

    [Fact]
    public void The_epoch_of_a_topic_id_is_what_Kafka_s_own_tools_print() =>
        StreamPosition.EpochOf(unchecked((long)0xB59796F0_AF8C4DD7), 0x4E8B_0A00_0000_0001).ShouldBe("tZeW8K-MTddOiwoAAAAAAQ");
}
