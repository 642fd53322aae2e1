using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Catalog;
using Personalization.Inference.Models;
using Personalization.Inference.Tests.Support;
using Personalization.Ranking;

namespace Personalization.Inference.Tests.Models;

public sealed class ModelVocabularyTests
{
    [Fact]
    public async Task A_silo_with_an_engine_tells_what_its_model_knows_once_there_is_one()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build()).AddSingleton<IItemCatalog, ItemCatalog>();
        services.AddPersonalizationInference(options => options.PackagesPath = ShippedPackage.Root);
        await using var provider = services.BuildServiceProvider();
        var vocabulary = provider.GetRequiredService<IModelVocabulary>();
        vocabulary.Knows.ShouldBeNull();

        (await provider.GetRequiredService<ModelHost>().LoadDefaultAsync()).ShouldBeTrue();

        var knows = vocabulary.Knows.ShouldNotBeNull();
        knows(ShippedPackage.Load().Vocabulary[1]).ShouldBeTrue();
        knows("unknown item").ShouldBeFalse();
        vocabulary.Knows.ShouldBe(knows);
    }
}
