using System.Runtime.CompilerServices;

namespace Calm.Kernels;

/// <summary>
/// A block of depth of one operand, cut into panels of <see cref="Width"/> rows of A or columns of B. The micro-kernel
/// reads a panel from front to back: for each step of depth its elements side by side, zeros beyond the operand's edge.
/// </summary>
/// <param name="panels">The first panel: <see cref="FloatsFor"/> floats.</param>
/// <param name="size">Number of rows of A or columns of B.</param>
/// <param name="width">Number of them in a panel.</param>
/// <param name="depth">Steps of depth.</param>
internal readonly unsafe struct PackedOperand(float* panels, int size, int width, int depth)
{
    // A cache line between panels: without it their equal steps would all fall into one set of the first cache, and
    // a step that is written to every panel would evict itself.
    private const int Padding = 16;

    /// <summary>Number of rows of A or columns of B.</summary>
    public readonly int Size = size;

    /// <summary>Number of them in a panel.</summary>
    public readonly int Width = width;

    /// <summary>Steps of depth.</summary>
    public readonly int Depth = depth;

    /// <summary>Number of panels.</summary>
    public int Count => (Size + Width - 1) / Width;

    /// <summary>Distance between panels.</summary>
    public long Stride => StrideOf(Width, Depth);

    /// <summary>Memory for the panels, in floats.</summary>
    public static long FloatsFor(int size, int width, int depth) =>
        (long)((size + width - 1) / width) * StrideOf(width, depth);

    /// <summary>A panel's first element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Panel(int panel) => panels + panel * Stride;

    /// <summary>Number of elements of a panel; less than <see cref="Width"/> in the last one only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Present(int panel) => Math.Min(Width, Size - panel * Width);

    private static long StrideOf(int width, int depth) => (long)width * depth + Padding;
}
