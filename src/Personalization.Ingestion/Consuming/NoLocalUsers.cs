using Personalization.Events;
using Personalization.Users;

namespace Personalization.Ingestion;

/// <summary>A silo that reads the stream and holds no users.</summary>
internal sealed class NoLocalUsers : ILocalUsers
{
    /// <inheritdoc/>
    public bool TryAppend(string userId, EventBatch batch) => false;

    /// <inheritdoc/>
    public void Hasten()
    {
    }
}
