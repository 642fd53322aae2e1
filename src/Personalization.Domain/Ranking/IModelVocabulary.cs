namespace Personalization.Ranking;

/// <summary>Which items the serving model can score, so that the rest can be given a place as new.</summary>
public interface IModelVocabulary
{
    /// <summary>Tells whether the model knows an item; not equal to the one before after a change of the model, and null while there is none.</summary>
    Predicate<string>? Knows { get; }
}
