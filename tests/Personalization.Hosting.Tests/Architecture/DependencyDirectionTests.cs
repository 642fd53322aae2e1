using System.Reflection;
using ArchUnitNET.Domain;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Assembly = System.Reflection.Assembly;

namespace Personalization.Hosting.Tests.Architecture;

/// <summary>Dependencies point one way: hosts, Hosting, {Ingestion, Grains, Inference, Storage}, Domain, Abstractions.</summary>
public sealed class DependencyDirectionTests
{
    private static readonly string[] Layers =
    [
        "Personalization.Abstractions", "Personalization.Domain", "Personalization.Grains", "Personalization.Inference",
        "Personalization.Ingestion", "Personalization.Storage", "Personalization.Hosting", "Personalization.Client",
        "Personalization.Replay", "Personalization.Gateway", "Personalization.Silo", "Personalization.Cli",
    ];

    private static readonly ArchUnitNET.Domain.Architecture System =
        new ArchLoader().LoadAssemblies([.. Layers.Select(Assembly.Load)]).Build();

    public static TheoryData<string, string[]> AllowedReferences => new()
    {
        { "Personalization.Abstractions", [] },
        { "Personalization.Domain", ["Abstractions"] },
        { "Personalization.Grains", ["Abstractions", "Domain"] },
        { "Personalization.Inference", ["Abstractions", "Domain"] },
        { "Personalization.Ingestion", ["Abstractions", "Domain"] },
        { "Personalization.Storage", ["Abstractions", "Domain"] },
        { "Personalization.Hosting", ["Abstractions", "Domain", "Grains", "Inference", "Ingestion", "Storage"] },
        { "Personalization.Client", ["Abstractions", "Domain"] },
        { "Personalization.Replay", ["Abstractions", "Domain", "Client"] },
        { "Personalization.Gateway", ["Abstractions", "Domain", "Client", "Hosting", "Storage"] },
        { "Personalization.Cli", ["Abstractions", "Domain", "Client", "Replay"] },
    };

    public static TheoryData<string, string[]> ForbiddenLibraries => new()
    {
        { "Personalization.Domain", ["Orleans.Runtime", "Orleans.Core", "Confluent.Kafka", "Microsoft.ML.OnnxRuntime", "Npgsql", "Microsoft.Data.Sqlite", "Microsoft.AspNetCore"] },
        { "Personalization.Grains", ["Confluent.Kafka", "Microsoft.ML.OnnxRuntime", "Npgsql", "Microsoft.Data.Sqlite", "Microsoft.AspNetCore"] },
        { "Personalization.Inference", ["Confluent.Kafka", "Npgsql", "Microsoft.Data.Sqlite", "Microsoft.AspNetCore"] },
        { "Personalization.Ingestion", ["Microsoft.ML.OnnxRuntime", "Npgsql", "Microsoft.Data.Sqlite", "Microsoft.AspNetCore"] },
        { "Personalization.Storage", ["Confluent.Kafka", "Microsoft.ML.OnnxRuntime", "Microsoft.AspNetCore"] },
        { "Personalization.Client", ["Microsoft.ML.OnnxRuntime", "Npgsql", "Microsoft.Data.Sqlite", "Microsoft.AspNetCore"] },
    };

    [Theory]
    [MemberData(nameof(AllowedReferences))]
    public void A_project_references_only_the_layers_below_it(string project, string[] allowed)
    {
        var ours = References(project).Where(name => name.StartsWith("Personalization.", StringComparison.Ordinal));

        ours.Except(allowed.Select(name => "Personalization." + name)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(ForbiddenLibraries))]
    public void A_project_keeps_out_of_its_neighbours_libraries(string project, string[] forbidden) =>
        References(project).Where(name => forbidden.Any(library => name.StartsWith(library, StringComparison.Ordinal))).ShouldBeEmpty();

    [Fact]
    public void Domain_types_do_not_depend_on_the_actor_framework()
    {
        IArchRule rule = ArchRuleDefinition.Types().That().ResideInAssembly(Assembly.Load("Personalization.Domain"))
            .And().DoNotResideInNamespaceMatching("^OrleansCodeGen")
            .Should().NotDependOnAny(ArchRuleDefinition.Types().That().ResideInNamespaceMatching(@"^Orleans\.(Runtime|Hosting|Configuration)"))
            .WithoutRequiringPositiveResults();

        rule.Check(System);
    }

    private static IEnumerable<string> References(string project) =>
        Assembly.Load(project).GetReferencedAssemblies().Select(reference => reference.Name!);
}
