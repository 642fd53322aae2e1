using Personalization.Models;

namespace Personalization.Gateway;

/// <summary>What one silo serves.</summary>
internal sealed record SiloModel(string Silo, ModelStatus Model);
