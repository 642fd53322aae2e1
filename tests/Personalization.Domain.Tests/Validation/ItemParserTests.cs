using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Items;
using Personalization.Validation;

namespace Personalization.Domain.Tests.Validation;

public sealed class ItemParserTests
{
    private static readonly string Full =
        """
        {"itemId":"i1","title":"Tea \u0026 Co","categories":["Kitchen","Gifts","Kitchen"],"brand":"Acme","price":2.50,"available":false,
         "attributes":{"colour":"red"}}
        """;

    public static TheoryData<string, string, string> Faults => new()
    {
        { """{"itemId":"i1"}""", "title", "required" },
        { """{"title":"t"}""", "itemId", "required" },
        { """{"itemId":"i1","title":""}""", "title", "bad_length" },
        { """{"itemId":"i1","title":"a\nb"}""", "title", "control_character" },
        { $$"""{"itemId":"i1","title":"{{new string('t', 513)}}"}""", "title", "bad_length" },
        { """{"itemId":7,"title":"t"}""", "itemId", "wrong_type" },
        { """{"itemId":"..","title":"t"}""", "itemId", "dot_segment" },
        { """{"itemId":"i1","title":"t","price":"2"}""", "price", "wrong_type" },
        { """{"itemId":"i1","title":"t","price":-1}""", "price", "out_of_range" },
        { """{"itemId":"i1","title":"t","available":"yes"}""", "available", "wrong_type" },
        { """{"itemId":"i1","title":"t","categories":"Kitchen"}""", "categories", "wrong_type" },
        { """{"itemId":"i1","title":"t","categories":["Kitchen",null]}""", "categories", "wrong_type" },
        { """{"itemId":"i1","title":"t","categories":["Kitchen",["x"]]}""", "categories", "wrong_type" },
        { """{"itemId":"i1","title":"t","categories":[""]}""", "categories", "bad_length" },
        { $$"""{"itemId":"i1","title":"t","categories":[{{string.Join(',', Enumerable.Range(0, 17).Select(i => $"\"c{i}\""))}}]}""", "categories", "too_many" },
        { """{"itemId":"i1","title":"t","attributes":[]}""", "attributes", "wrong_type" },
        { """{"itemId":"i1","title":"t","attributes":{"a":1}}""", "attributes", "wrong_type" },
        { """{"itemId":"i1","title":"t","attributes":{"a":{"b":"c"}}}""", "attributes", "wrong_type" },
        { $$$"""{"itemId":"i1","title":"t","attributes":{{{{string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"a{i}\":\"x\""))}}}}}""", "attributes", "too_many" },
    };

    public static TheoryData<string, string, string> FaultsThatSchemasCannotTell => new()
    {
        { """{"itemId":"i1","title":"t","title":"u"}""", "title", "duplicate_field" },
        { """{"itemId":"i1","title":"t","attributes":{"a":"1","a":"2"}}""", "attributes", "duplicate_field" },
        { """{"itemId":"i1","title":"t","brand":"\ud800"}""", "brand", "lone_surrogate" },
        { """{"\ud800":1,"itemId":"i1","title":"t"}""", "", "lone_surrogate" },
        { """{"itemId":"i1","title":"t","attributes":{"\ud800":"a"}}""", "attributes", "lone_surrogate" },
        { """{"itemId":"i1","title":"t"}]""", "", "trailing_data" },
        { """{"itemId":"i1","title":"t""", "", "not_json" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    [MemberData(nameof(FaultsThatSchemasCannotTell))]
    public void Parse_of_a_malformed_item_names_the_field_and_the_code(string json, string field, string code)
    {
        var result = Parse(json);

        result.IsValid.ShouldBeFalse();
        result.Errors.Select(error => (error.Field, error.Code)).ShouldBe([(field, code)]);
    }

    [Fact]
    public void Parse_of_a_full_item_reads_every_field_and_each_category_once()
    {
        var item = Parse(Full).Item!;

        item.Title.ShouldBe("Tea & Co");
        item.Categories.ShouldBe(["Kitchen", "Gifts"]);
        item.Brand.ShouldBe("Acme");
        item.Price.ShouldBe(2.50m);
        item.Available.ShouldBeFalse();
        item.Attributes.ShouldBe(new Dictionary<string, string> { ["colour"] = "red" });
    }

    [Fact]
    public void Parse_takes_the_id_from_the_key_and_recommends_by_default()
    {
        var item = Parse("""{"title":"t","brand":null,"categories":null,"attributes":null,"available":null}""", "i9").Item!;

        item.ItemId.ShouldBe("i9");
        item.Available.ShouldBeTrue();
    }

    [Fact]
    public void Parse_refuses_an_id_that_differs_from_the_key_or_a_key_that_is_no_id()
    {
        Parse(Full, "i2").Errors.Single().Code.ShouldBe("key_mismatch");
        Parse("""{"title":"t"}""", "a\tb").Errors.Single().Code.ShouldBe("control_character");
        Parse("""{"title":"t"}""", ".").Errors.Single().Code.ShouldBe("dot_segment");
        Parse("""{"title":"t"}""", new string('x', 129)).Errors.Single().Code.ShouldBe("bad_length");
    }

    [Fact]
    public void An_item_survives_writing_and_parsing()
    {
        var item = Parse(Full).Item!;

        var read = ItemParser.Parse(ItemWriter.Write(item), "i1").Item!;

        JsonSerializer.Serialize(read, PersonalizationJson.Options).ShouldBe(JsonSerializer.Serialize(item, PersonalizationJson.Options));
    }

    [Fact]
    public void What_the_contract_s_serializer_writes_can_be_parsed()
    {
        var item = new Item { ItemId = "i1", Title = "Tea" };

        ItemParser.Parse(JsonSerializer.SerializeToUtf8Bytes(item, PersonalizationJson.Options), null).Errors.ShouldBeEmpty();
    }

    [Fact]
    public void Parse_never_throws_when_bytes_of_a_valid_item_are_flipped() =>
        Prop.ForAll<ushort, byte>((where, flip) =>
        {
            var bytes = Encoding.UTF8.GetBytes(Full);
            bytes[where % bytes.Length] ^= flip;
            var result = ItemParser.Parse(bytes, null);
            return result.IsValid == (result.Errors.Count == 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Parse_never_throws_when_text_is_escaped_and_cut() =>
        Prop.ForAll<ushort, char, byte>((where, unit, length) =>
        {
            var result = Parse(Full.Insert(where % Full.Length, $"\\u{(int)unit:x4}"[..(1 + (length % 6))]));
            return result.IsValid == (result.Errors.Count == 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static ItemParseResult Parse(string json, string? key = null) => ItemParser.Parse(Encoding.UTF8.GetBytes(json), key);
}
