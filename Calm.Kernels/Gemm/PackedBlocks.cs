using System.Runtime.CompilerServices;

namespace Calm.Kernels;

/// <summary>Some columns of B, packed: one <see cref="PackedOperand"/> behind the other, each a block of depth.</summary>
/// <param name="panels">The first panel: <see cref="FloatsFor"/> floats.</param>
/// <param name="size">Number of columns.</param>
/// <param name="width">Number of columns of a panel.</param>
/// <param name="depth">Steps of depth in all.</param>
internal readonly unsafe struct PackedBlocks(float* panels, int size, int width, int depth)
{
    /// <summary>Number of blocks of depth; one, of depth 0, if there is nothing to add up.</summary>
    public int Count => Math.Max(1, (depth + HostGemm.DepthBlock - 1) / HostGemm.DepthBlock);

    /// <summary>Number of panels of a block.</summary>
    public int Panels => (size + width - 1) / width;

    /// <summary>Columns of a panel.</summary>
    public int Width => width;

    /// <summary>Memory for the panels, in floats.</summary>
    public static long FloatsFor(int size, int width, int depth)
    {
        int whole = depth / HostGemm.DepthBlock;
        return whole * PackedOperand.FloatsFor(size, width, HostGemm.DepthBlock)
            + PackedOperand.FloatsFor(size, width, depth % HostGemm.DepthBlock);
    }

    /// <summary>A block of depth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PackedOperand Block(int block) => new(
        panels + block * PackedOperand.FloatsFor(size, width, HostGemm.DepthBlock), size, width,
        Math.Min(HostGemm.DepthBlock, depth - block * HostGemm.DepthBlock));
}
