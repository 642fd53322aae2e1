namespace Personalization.Inference;

/// <summary>How metrics call a status.</summary>
internal static class InferenceStatusNames
{
    /// <summary>Its name as the value of a tag.</summary>
    /// <param name="status">The status.</param>
    public static string TagValue(this InferenceStatus status) => status switch
    {
        InferenceStatus.Ok => "ok",
        InferenceStatus.NoModel => "no_model",
        InferenceStatus.Overloaded => "overloaded",
        InferenceStatus.DeadlineExceeded => "deadline_exceeded",
        InferenceStatus.NoKnownItems => "no_known_items",
        _ => "failed",
    };
}
