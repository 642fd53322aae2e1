using Personalization.Operations;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.Cluster.Tests.Fixture;

internal sealed class StatusSource(ILocalSiloDetails silo) : ISiloStatusSource
{
    public SiloStatus GetStatus() => new() { Name = silo.Name, Address = silo.SiloAddress.ToParsableString(), Roles = ["users"] };
}
