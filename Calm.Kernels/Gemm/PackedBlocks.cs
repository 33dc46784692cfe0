using System.Runtime.CompilerServices;

namespace Calm.Kernels;

/// <summary>Some columns of B, packed: one <see cref="PackedOperand"/> behind the other, each a block of depth.</summary>
/// <param name="panels">The first panel: <see cref="FloatsFor"/> floats.</param>
/// <param name="size">How many columns there are.</param>
/// <param name="width">How many of them a panel holds.</param>
/// <param name="depth">Steps of depth in all.</param>
internal readonly unsafe struct PackedBlocks(float* panels, int size, int width, int depth)
{
    /// <summary>How many blocks of depth there are; one, of depth 0, if there is nothing to add up.</summary>
    public int Count => Math.Max(1, (depth + HostGemm.DepthBlock - 1) / HostGemm.DepthBlock);

    /// <summary>How many panels a block has.</summary>
    public int Panels => (size + width - 1) / width;

    /// <summary>Columns of a panel.</summary>
    public int Width => width;

    /// <summary>How much memory the panels take.</summary>
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
