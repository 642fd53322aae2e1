namespace Personalization.Inference.Tests.Support;

/// <summary>Answers that PyTorch gave when the package was exported.</summary>
internal sealed record ParityFile(float Tolerance, ParityRow[] Rows);
