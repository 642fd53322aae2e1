namespace Personalization.Inference.Packages;

/// <summary>A model package cannot be served; the message says where it is wrong and what to do.</summary>
public sealed class ModelPackageException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Where the package is wrong and what to do.</param>
    /// <param name="inner">The cause, if any.</param>
    public ModelPackageException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
