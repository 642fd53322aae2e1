using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Personalization.Hosting.Tests.Architecture;

/// <summary>An operator searches and alerts by event id: one id is one message, and its thousand says which part logs it.</summary>
public sealed class LogEventIdTests
{
    public static TheoryData<string, int> Thousands => new()
    {
        { "Personalization.Grains", 2 },
        { "Personalization.Inference", 3 },
        { "Personalization.Ingestion", 4 },
        { "Personalization.Storage", 5 },
        { "Personalization.Hosting", 6 },
        { "Personalization.Client", 7 },
        { "Personalization.Gateway", 8 },
        { "Personalization.Silo", 9 },
    };

    [Theory]
    [MemberData(nameof(Thousands))]
    public void A_projects_event_ids_are_in_its_thousand_and_each_is_one_message(string project, int thousand)
    {
        var ids = Assembly.Load(project).GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .OfType<int>()
            .ToArray();

        ids.ShouldNotBeEmpty();
        ids.ShouldBeUnique();
        ids.ShouldAllBe(id => id / 1000 == thousand);
    }
}
