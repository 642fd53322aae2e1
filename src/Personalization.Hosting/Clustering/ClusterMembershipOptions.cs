using System.ComponentModel.DataAnnotations;

namespace Personalization.Hosting;

/// <summary>How a silo or a gateway finds the others. Section <c>Personalization:Cluster</c>.</summary>
public sealed class ClusterMembershipOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Personalization:Cluster";

    /// <summary><c>localhost</c> (one process, in-memory reminders; default) or <c>adonet</c> (any number of silos over PostgreSQL).</summary>
    [RegularExpression("^(localhost|adonet)$", ErrorMessage = "Personalization:Cluster:Mode must be 'localhost' or 'adonet'.")]
    public string Mode { get; set; } = "localhost";

    /// <summary>Silos with the same id form a cluster. Default <c>personalization</c>.</summary>
    [Required]
    public string ClusterId { get; set; } = "personalization";

    /// <summary>Names the stored state; survives a change of <see cref="ClusterId"/>. Default <c>personalization</c>.</summary>
    [Required]
    public string ServiceId { get; set; } = "personalization";

    /// <summary>Name of this silo. Default: the machine's name and the port.</summary>
    public string? SiloName { get; set; }

    /// <summary>
    /// Address that other silos use: an IP address, or a host name that is resolved once, at the start (IPv4 before IPv6). Default: the loopback
    /// address in localhost mode, which looks at no other; the machine's first address otherwise.
    /// </summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>Port for other silos. Default 11111.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port that this silo listens on for other silos, where it is not <see cref="SiloPort"/>: behind a port mapping or a proxy. Default: the same.</summary>
    [Range(1, 65535)]
    public int? SiloListenPort { get; set; }

    /// <summary>Port for gateways; a silo without the role <see cref="SiloRoles.Users"/> opens none. Default 30000; 0: none.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>What this silo does, comma separated. Default all: <c>Users,Ingestion,Inference</c>.</summary>
    public SiloRoles Roles { get; set; } = SiloRoles.All;
}
