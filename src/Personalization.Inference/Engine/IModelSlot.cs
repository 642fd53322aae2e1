namespace Personalization.Inference.Engine;

/// <summary>One worker's buffers and its way to run the graph over them; used by one thread at a time.</summary>
internal interface IModelSlot : IDisposable
{
    /// <summary>Inputs and outputs.</summary>
    BatchBuffers Buffers { get; }

    /// <summary>Runs the graph over the first rows.</summary>
    /// <param name="batch">Rows.</param>
    /// <param name="length">Length of each.</param>
    /// <param name="allScores">Whether to give the scores of all items where the graph also chooses the best; what is chosen is not given then.</param>
    void Run(int batch, int length, bool allScores = true);
}
