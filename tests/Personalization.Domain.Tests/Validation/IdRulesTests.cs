using Personalization.Validation;

namespace Personalization.Domain.Tests.Validation;

public sealed class IdRulesTests
{
    [Theory]
    [InlineData(null, "required")]
    [InlineData("", "bad_length")]
    [InlineData("a\0b", "control_character")]
    [InlineData("a\u0085b", "control_character")]
    [InlineData(".", "dot_segment")]
    [InlineData("..", "dot_segment")]
    public void Check_of_a_bad_id_gives_the_same_code_as_the_parser(string? id, string code) => IdRules.Check("userId", id)!.Code.ShouldBe(code);

    [Fact]
    public void Check_of_half_a_surrogate_pair_refuses_it() =>
        IdRules.Check("userId", new string(['a', (char)0xD83D, 'b']))!.Code.ShouldBe("lone_surrogate");

    [Fact]
    public void Check_of_a_good_id_finds_nothing()
    {
        IdRules.Check("userId", "...").ShouldBeNull();
        IdRules.Check("userId", ".a").ShouldBeNull();
        IdRules.Check("userId", "Zo\u00eb \U0001F600").ShouldBeNull();
        IdRules.Check("userId", string.Concat(Enumerable.Repeat("\U0001F600", 128))).ShouldBeNull();
    }
}
