namespace Personalization.Ranking;

/// <summary>Which items the serving model can score, so that the rest can be given a place as new.</summary>
public interface IModelVocabulary
{
    /// <summary>The ids, another instance after every change of the model; null while it is not known.</summary>
    IReadOnlySet<string>? Items { get; }
}
