namespace Personalization.Hosting;

/// <summary>What a silo does; any combination.</summary>
[Flags]
public enum SiloRoles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Hosts shoppers and the other stateful grains.</summary>
    Users = 1,

    /// <summary>Consumes the click stream.</summary>
    Ingestion = 2,

    /// <summary>Runs the model.</summary>
    Inference = 4,

    /// <summary>Everything (default).</summary>
    All = Users | Ingestion | Inference,
}
