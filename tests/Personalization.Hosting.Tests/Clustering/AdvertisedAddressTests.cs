using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Personalization.Hosting.Tests.Clustering;

/// <summary>What the membership table gets to hold: an address, whatever was configured.</summary>
public sealed class AdvertisedAddressTests
{
    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("fd00::7", "fd00::7")]
    [InlineData("localhost", "127.0.0.1")]
    public void AddPersonalizationSilo_AddressOrHostName_IsAdvertisedAsAnAddress(string configured, string advertised) =>
        Advertised(configured).ShouldBe(advertised);

    [Theory]
    [InlineData("no-such-host.invalid")]
    [InlineData("10.1.2.300")]
    [InlineData("not a name")]
    [InlineData(" ")]
    public void AddPersonalizationSilo_NoAddressAndNoName_IsRefusedWithTheSettingsName(string configured) =>
        Should.Throw<OptionsValidationException>(() => Advertised(configured)).Failures.Single()
            .ShouldStartWith($"Personalization:Cluster:AdvertisedAddress {(string.IsNullOrWhiteSpace(configured) ? "is empty" : $"'{configured}'")}");

    private static string Advertised(string configured)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Personalization:Cluster:Mode"] = "adonet",
            ["Personalization:Cluster:AdvertisedAddress"] = configured,
            ["Personalization:Storage:Provider"] = "postgres",
            ["Personalization:Storage:ConnectionString"] = "Host=127.0.0.1",
        });
        builder.AddPersonalizationSilo();
        using var services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptions<EndpointOptions>>().Value.AdvertisedIPAddress.ToString();
    }
}
