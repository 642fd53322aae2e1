using Personalization.Models;

namespace Personalization.Inference;

/// <summary>What the engine of one model measures: all of it with tag <c>model</c>, so that a challenger can be told from the champion. Allocates nothing for a request.</summary>
/// <param name="instruments">The silo's.</param>
/// <param name="model">The model.</param>
internal sealed class ModelInstruments(InferenceInstruments instruments, ModelRef model)
{
    private readonly KeyValuePair<string, object?> _model = new("model", $"{model.Name}/{model.Version}");

    public void Ran(int batch, TimeSpan duration) => instruments.Ran(batch, duration, _model);

    public void Reused() => instruments.Reused(_model);

    public void Queued(TimeSpan duration) => instruments.Queued(duration, _model);

    /// <summary>Counts a request that got no score.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="stage">Where: <c>admission</c>, <c>queue</c> or <c>run</c>.</param>
    public void Rejected(InferenceStatus reason, string stage) => instruments.Rejected(reason, stage, _model);

    /// <summary>As a challenger: how much of a shelf it has in common with the champion.</summary>
    /// <param name="share">Share of the best items, 0-1.</param>
    public void Overlaps(double share) => instruments.Overlaps(share, _model);

    /// <summary>As a challenger: how far its churn probability is from the champion's.</summary>
    /// <param name="difference">The distance, 0-1.</param>
    public void ChurnDiffers(double difference) => instruments.ChurnDiffers(difference, _model);

    /// <summary>As a challenger: counts a request of one of its shoppers that the champion answered.</summary>
    /// <param name="reason">Why.</param>
    public void Unanswered(InferenceStatus reason) => instruments.Unanswered(reason, _model);
}
