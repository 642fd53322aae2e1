using Microsoft.Playwright;

namespace Personalization.BrowserTests;

/// <summary>What a visitor and an operator see.</summary>
public sealed class ShopTests(DemoShop shop)
{
    [Theory]
    [InlineData(1440, 1000)]
    [InlineData(390, 844)]
    public async Task A_click_rearranges_the_shelf_and_says_why_and_how_fast(int width, int height)
    {
        var (page, errors) = await shop.OpenAsync("/", width, height);
        var cards = page.Locator("#shelf > *");
        await Assertions.Expect(cards).Not.ToHaveCountAsync(0, new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#made")).ToContainTextAsync("made by", new() { Timeout = 20_000 });
        await DemoShop.KeepAsync(page, $"shop-{width}-before");
        var before = await cards.AllInnerTextsAsync();

        await page.Locator("#shelf button").First.ClickAsync();

        await Assertions.Expect(page.Locator("#pace")).ToContainTextAsync("ms", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#made")).ToContainTextAsync("Rearranged", new() { Timeout = 20_000 });
        (await cards.AllInnerTextsAsync()).ShouldNotBe(before);
        await DemoShop.KeepAsync(page, $"shop-{width}-after");
        errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_shelf_that_lags_behind_a_click_is_asked_for_until_it_knows_it()
    {
        var (page, errors) = await shop.OpenAsync("/", 1440, 1000);
        await Assertions.Expect(page.Locator("#made")).ToContainTextAsync("made by", new() { Timeout = 20_000 });
        var asked = 0;
        await page.RouteAsync("**/recommendations?*minVersion=*", async route =>
        {
            var answer = await route.FetchAsync();
            var body = await answer.TextAsync();
            await route.FulfillAsync(new() { Response = answer, Body = ++asked <= 2 ? body.Replace("\"stale\":false", "\"stale\":true", StringComparison.Ordinal) : body });
        });

        await page.Locator("#shelf button").First.ClickAsync();

        await Assertions.Expect(page.Locator("#made")).ToContainTextAsync("still on its way", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#made")).Not.ToContainTextAsync("still on its way", new() { Timeout = 20_000 });
        asked.ShouldBe(3);
        errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_visitor_sees_reasons_from_their_own_clicks_and_their_churn()
    {
        var (page, errors) = await shop.OpenAsync("/", 1440, 1000);
        await Assertions.Expect(page.Locator("#trending button").First).ToBeVisibleAsync(new() { Timeout = 20_000 });
        var made = page.Locator("#made");
        var popular = page.Locator("#trending button");

        // One of them may be too new for the model; a few clicks always reach one that it knows.
        for (var i = 0; i < 12 && !(await made.InnerTextAsync()).Contains("made by the model", StringComparison.Ordinal); i++)
        {
            var text = await made.InnerTextAsync();
            await popular.Nth(i % await popular.CountAsync()).ClickAsync();
            await Assertions.Expect(made).Not.ToHaveTextAsync(text, new() { Timeout = 20_000 });
            await page.Keyboard.PressAsync("Escape");
        }

        await Assertions.Expect(page.Locator("#shelf")).ToContainTextAsync("Because you", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#gauge")).ToContainTextAsync("%", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#recent li").First).ToBeVisibleAsync(new() { Timeout = 20_000 });
        errors.ShouldBeEmpty();
    }

    /// <summary>It was empty before the shop had the purchase, and stayed empty where it never got it.</summary>
    [Fact]
    public async Task A_bag_is_kept_until_the_shop_has_taken_it()
    {
        var (page, _) = await shop.OpenAsync("/", 1440, 1000);
        await page.Locator("#shelf button").First.ClickAsync(new() { Timeout = 20_000 });
        await page.GetByText("Add to bag", new() { Exact = true }).ClickAsync(new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#bag-count")).ToHaveTextAsync("1", new() { Timeout = 20_000 });
        await page.RouteAsync("**/v1/events", route => route.FulfillAsync(new() { Status = 503, ContentType = "application/problem+json", Body = """{"detail":"The event stream does not answer."}""" }));

        await BuyAsync();
        await Assertions.Expect(page.Locator("#notice")).ToContainTextAsync("does not answer", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#bag-count")).ToHaveTextAsync("1");

        await page.UnrouteAllAsync();
        await BuyAsync();
        await Assertions.Expect(page.Locator("#bag-count")).ToHaveTextAsync("0", new() { Timeout = 20_000 });

        async Task BuyAsync()
        {
            await page.Keyboard.PressAsync("Escape"); // the product lies over the bag
            await page.Locator("#bag").ClickAsync();
            await page.GetByText("Buy it all", new() { Exact = true }).ClickAsync();
        }
    }

    [Theory]
    [InlineData(1440, 1000)]
    [InlineData(390, 844)]
    public async Task The_operators_view_fills(int width, int height)
    {
        var (page, errors) = await shop.OpenAsync("/ops", width, height);

        await Assertions.Expect(page.Locator("#state")).ToContainTextAsync("1 silo", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#silos")).ToContainTextAsync("online-retail", new() { Timeout = 20_000 });
        await page.WaitForFunctionAsync("() => parseInt(document.querySelector('#tiles dd').textContent.replace(/,/g, ''), 10) > 0", null, new() { Timeout = 30_000 });
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('#batches span:last-child')].some(figure => figure.textContent !== '0')", null, new() { Timeout = 30_000 });
        await Assertions.Expect(page.Locator("#warnings button").First).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await page.Locator("#warnings button").First.ClickAsync();
        await Assertions.Expect(page.Locator("#inspect")).ToContainTextAsync("Recency", new() { Timeout = 20_000 });
        await DemoShop.KeepAsync(page, $"ops-{width}");
        errors.ShouldBeEmpty();
    }
}
