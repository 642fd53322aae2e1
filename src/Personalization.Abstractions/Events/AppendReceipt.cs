namespace Personalization.Events;

/// <summary>
/// Hears on the sender's silo what becomes of a batch, so that the next one can be applied before this one is stored. Called on the turn of whoever has
/// the user: implementations return at once. After <see cref="Applied"/> comes <see cref="Durable"/> or <see cref="Failed"/>; without it, <see cref="Failed"/>
/// alone. What was applied and not stored may be applied, and told, again where somebody else has the user meanwhile.
/// </summary>
public abstract class AppendReceipt
{
    /// <summary>The receipt behind it, for whoever keeps several; hundreds of thousands may wait at a time.</summary>
    public AppendReceipt? Following { get; set; }

    /// <summary>Whether the sender has given the batch up and sends it again from an earlier one on: it must not be applied any more.</summary>
    public abstract bool IsVoid { get; }

    /// <summary>What became of its events; set before <see cref="Durable"/> by whoever knows. Of batches that were stored as one, the first has it for all.</summary>
    public AppendResult Result { get; set; }

    /// <summary>The batch has its place in the user's sequence and is seen by every read, but not stored yet.</summary>
    public abstract void Applied();

    /// <summary>The batch is stored.</summary>
    public abstract void Durable();

    /// <summary>The batch was not applied, or what was applied is lost before it was stored: it is to be sent again.</summary>
    /// <param name="exception">Why.</param>
    public abstract void Failed(Exception exception);
}
