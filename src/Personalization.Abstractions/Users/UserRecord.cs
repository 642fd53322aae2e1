namespace Personalization.Users;

/// <summary>The stored form of a user: one row. The payload is the domain's own compact binary form; storage never looks into it.</summary>
[GenerateSerializer]
[Alias("personalization.user-record")]
public sealed class UserRecord
{
    /// <summary>State name in the storage provider.</summary>
    public const string StateName = "user";

    /// <summary>Name of the storage provider that holds users.</summary>
    public const string ProviderName = "users";

    /// <summary>Versioned binary state; empty for a user nothing was stored of.</summary>
    [Id(0)]
    public byte[] Payload { get; set; } = [];

    /// <summary>When a sweeper looks at this user although nothing happens (shop time); null: never. Indexed.</summary>
    [Id(1)]
    public DateTimeOffset? NextCheck { get; set; }

    /// <summary>Whether the grain that writes goes on holding the user in memory; its last write says no. Default: yes.</summary>
    [Id(2)]
    public bool Held { get; set; } = true;
}
