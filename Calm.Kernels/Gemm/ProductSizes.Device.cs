using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Sizes of a product and what else its kernels need to know, as one parameter.</summary>
internal readonly struct ProductSizes(DeviceProduct product, int blocks)
{
    /// <summary>Products that are added in registers, before the sum is added to C: the host's, so that bits agree.</summary>
    public const int DepthBlock = HostGemm.DepthBlock;

    /// <summary>M.</summary>
    public readonly int Rows = product.Rows;

    /// <summary>N.</summary>
    public readonly int Columns = product.Columns;

    /// <summary>K.</summary>
    public readonly int Depth = product.Depth;

    /// <summary>Distance between the rows of A in memory.</summary>
    public readonly int AStride = product.A.Stride;

    /// <summary>Distance between the rows of B in memory.</summary>
    public readonly int BStride = product.B.Stride;

    /// <summary>Distance between the rows of C.</summary>
    public readonly int CStride = product.C.Stride;

    /// <summary>1 if A can be read in quads, else 0: see <see cref="DeviceMatrix.IsInQuads"/>.</summary>
    public readonly int AIsInQuads = product.A.IsInQuads ? 1 : 0;

    /// <summary>1 if B can be read in quads, else 0.</summary>
    public readonly int BIsInQuads = product.B.IsInQuads ? 1 : 0;

    /// <summary>Number of rows that share a row of the addend.</summary>
    public readonly int Repeat = Math.Max(1, product.Epilogue.Repeat);

    private readonly int _accumulate = product.Accumulate ? 1 : 0;
    private readonly int _hasBias = product.Epilogue.Bias is null ? 0 : 1;
    private readonly int _hasAddend = product.Epilogue.Addend is null ? 0 : 1;

    /// <summary>Number of blocks that the depth is added in.</summary>
    public readonly int Blocks = blocks;

    /// <summary>
    /// Writes a part of a row of C after a block of depth: the former contents if they count, plus the block's sums, plus bias
    /// and addend after the last block; added in this order, as on the host.
    /// </summary>
    /// <param name="sums">Sums of the block.</param>
    /// <param name="isFirst">Whether it is the first block.</param>
    /// <param name="isLast">Whether it is the last.</param>
    /// <param name="row">The row of C.</param>
    /// <param name="column">The first column.</param>
    /// <param name="c">C.</param>
    /// <param name="bias">[N], if there is one.</param>
    /// <param name="addend">[M / Repeat, N], if there is one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write<TLanes>(
        TLanes sums, bool isFirst, bool isLast, int row, int column, ArrayView<float> c, ArrayView<float> bias,
        ArrayView<float> addend)
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        int count = Columns - column;
        long at = (long)row * CStride + column;
        if (!isFirst || _accumulate != 0)
        {
            sums = KernelLanes.Load<TLanes>(c, at, count) + sums;
        }

        KernelLanes.Store(isLast ? WithEpilogue(sums, row, column, bias, addend) : sums, c, at, count);
    }

    /// <summary>Sums plus bias and addend, in this order.</summary>
    /// <param name="sums">Sums of all of the depth.</param>
    /// <param name="row">The row of C.</param>
    /// <param name="column">The first column.</param>
    /// <param name="bias">[N], if there is one.</param>
    /// <param name="addend">[M / Repeat, N], if there is one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes WithEpilogue<TLanes>(
        TLanes sums, int row, int column, ArrayView<float> bias, ArrayView<float> addend)
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        int count = Columns - column;
        if (_hasBias != 0)
        {
            sums += KernelLanes.Load<TLanes>(bias, column, count);
        }

        if (_hasAddend != 0)
        {
            sums += KernelLanes.Load<TLanes>(addend, (long)(row / Repeat) * Columns + column, count);
        }

        return sums;
    }
}
