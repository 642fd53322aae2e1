using Personalization.Catalog;
using Personalization.Domain.Tests.Support;
using Personalization.Ranking;

namespace Personalization.Domain.Tests.Ranking;

public sealed class NewItemIndexTests
{
    [Fact]
    public void New_is_what_the_model_does_not_know_also_when_it_was_there_from_the_start()
    {
        var catalog = Shop.Catalog([.. Shop.Items(3, "A"), Shop.Item("n1", "A"), Shop.Item("n2", "A") with { Available = false }, Shop.Item("n3", "A")]);
        var index = new NewItemIndex(catalog, new Vocabulary { Knows = id => id[0] == 'i' });

        Ids(index, "A").ShouldBe(["n3", "n1"]);
        index.Any().ShouldBeTrue();
    }

    [Fact]
    public void Nothing_is_new_while_no_model_answers_on_a_silo_with_an_engine_and_it_changes_with_the_model()
    {
        var catalog = Shop.Catalog(Shop.Items(2, "A"));
        var vocabulary = new Vocabulary();
        var index = new NewItemIndex(catalog, vocabulary);
        catalog.Put(Shop.Item("n", "A"));
        index.Any().ShouldBeFalse();

        vocabulary.Knows = id => id is "i0" or "i1";
        Ids(index, "A").ShouldBe(["n"]);
        vocabulary.Knows = id => id is "i0" or "n";
        Ids(index, "A").ShouldBe(["i1"]);
    }

    [Fact]
    public void Without_an_engine_nothing_is_new_in_a_catalogue_that_was_empty_when_it_was_first_seen()
    {
        var catalog = Shop.Catalog();
        var index = new NewItemIndex(catalog, null);
        index.Any().ShouldBeFalse();

        catalog.Put(Shop.Item("n", "A"));

        index.Any().ShouldBeFalse();
    }

    [Fact]
    public void Without_an_engine_a_catalogue_that_is_not_whole_is_not_the_first()
    {
        var catalog = new ItemCatalog();
        var index = new NewItemIndex(catalog, null);
        catalog.Put(Shop.Item("i0", "A"));
        index.Any().ShouldBeFalse();
        catalog.Put(Shop.Item("i1", "A"));
        catalog.MarkLoaded();
        index.Any().ShouldBeFalse();

        catalog.Put(Shop.Item("n", "A"));

        Ids(index, "A").ShouldBe(["n"]);
    }

    [Fact]
    public void A_change_costs_a_look_at_the_items_of_its_categories_only()
    {
        var catalog = Shop.Catalog([.. Shop.Items(1_000, "A"), .. Enumerable.Range(0, 10).Select(i => Shop.Item($"b{i}", "B"))]);
        var looks = 0;
        var index = new NewItemIndex(catalog, new Vocabulary { Knows = _ => Interlocked.Increment(ref looks) > 0 });
        index.Any();
        looks.ShouldBe(1_010);

        catalog.Put(Shop.Item("b3", "B") with { Title = "Another" });
        index.Any();

        looks.ShouldBe(1_020);
    }

    [Fact]
    public async Task While_one_shelf_looks_at_a_change_the_others_do_not_wait()
    {
        var catalog = Shop.Catalog(Shop.Items(3, "A"));
        using var looking = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim(initialState: true);
        var index = new NewItemIndex(catalog, new Vocabulary
        {
            Knows = id =>
            {
                looking.Set();
                goOn.Wait(TestContext.Current.CancellationToken);
                return id[0] == 'i';
            },
        });
        index.Any().ShouldBeFalse();
        looking.Reset();
        goOn.Reset();
        catalog.Put(Shop.Item("n", "A"));
        var first = Task.Run(index.Any, TestContext.Current.CancellationToken);
        looking.Wait(TestContext.Current.CancellationToken);

        (await Task.Run(index.Any, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).ShouldBeFalse();

        goOn.Set();
        (await first).ShouldBeTrue();
        Ids(index, "A").ShouldBe(["n"]);
    }

    private static string[] Ids(NewItemIndex index, string category) => [.. index.InCategory(category).Select(item => item.ItemId)];

    private sealed class Vocabulary : IModelVocabulary
    {
        public Predicate<string>? Knows { get; set; }
    }
}
