using System.Reflection;
using Personalization.Users;

namespace Personalization.Cluster.Tests;

public sealed class ContractTests
{
    private static readonly Assembly Contracts = typeof(IUserGrain).Assembly;

    [Fact]
    public void Every_type_that_travels_has_an_alias_of_its_own()
    {
        var types = Contracts.GetTypes().Where(t => t.GetCustomAttribute<GenerateSerializerAttribute>() is not null).ToArray();

        types.Length.ShouldBeGreaterThan(30);
        types.Where(t => t.GetCustomAttribute<AliasAttribute>() is null).ShouldBeEmpty();
        types.Select(t => t.GetCustomAttribute<AliasAttribute>()!.Alias).ShouldBeUnique();
    }

    [Fact]
    public void Every_grain_method_has_an_alias()
    {
        var interfaces = Contracts.GetTypes().Where(t => t.IsInterface && t.IsAssignableTo(typeof(IAddressable))).ToArray();

        interfaces.Length.ShouldBe(9);
        interfaces.SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(m => m.GetCustomAttribute<AliasAttribute>() is null)
            .Select(m => $"{m.DeclaringType!.Name}.{m.Name}")
            .ShouldBeEmpty();
    }
}
