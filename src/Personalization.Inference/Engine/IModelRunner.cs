namespace Personalization.Inference.Engine;

/// <summary>A loaded graph. Disposing it needs every slot disposed before.</summary>
internal interface IModelRunner : IDisposable
{
    /// <summary>Item table, row after row, padding first.</summary>
    float[] ItemVectors { get; }

    /// <summary>A bias for each index where the graph gives shoppers' vectors; null where it gives scores.</summary>
    float[]? ItemBiases { get; }

    /// <summary>Makes what one worker needs; slots may run at the same time.</summary>
    /// <param name="maxBatch">Most rows in a run.</param>
    /// <returns>The slot.</returns>
    IModelSlot CreateSlot(int maxBatch);
}
