namespace Personalization.Inference.Retrieval;

/// <summary>Bit sets in words of 64.</summary>
internal static class Bits
{
    public static void Set(Span<ulong> words, int index) => words[index >> 6] |= 1UL << index;

    public static void Clear(Span<ulong> words, int index) => words[index >> 6] &= ~(1UL << index);
}
