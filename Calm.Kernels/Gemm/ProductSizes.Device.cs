using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Sizes of a product and what else its kernels need to know, as one parameter.</summary>
internal readonly struct ProductSizes(
    int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, int cStride, bool accumulate, DeviceEpilogue epilogue)
{
    /// <summary>Products that are added in registers, before the sum is added to C: the host's, so that bits agree.</summary>
    public const int DepthBlock = HostGemm.DepthBlock;

    /// <summary>M.</summary>
    public readonly int Rows = rows;

    /// <summary>N.</summary>
    public readonly int Columns = columns;

    /// <summary>K.</summary>
    public readonly int Depth = depth;

    /// <summary>Distance between the rows of A in memory.</summary>
    public readonly int AStride = a.Stride;

    /// <summary>Distance between the rows of B in memory.</summary>
    public readonly int BStride = b.Stride;

    /// <summary>Distance between the rows of C.</summary>
    public readonly int CStride = cStride;

    /// <summary>1 if A can be read in quads, else 0: see <see cref="DeviceMatrix.IsInQuads"/>.</summary>
    public readonly int AIsInQuads = a.IsInQuads ? 1 : 0;

    /// <summary>1 if B can be read in quads, else 0.</summary>
    public readonly int BIsInQuads = b.IsInQuads ? 1 : 0;

    /// <summary>How many rows share a row of the addend.</summary>
    public readonly int Repeat = Math.Max(1, epilogue.Repeat);

    private readonly int _accumulate = accumulate ? 1 : 0;
    private readonly int _hasBias = epilogue.Bias is null ? 0 : 1;
    private readonly int _hasAddend = epilogue.Addend is null ? 0 : 1;

    /// <summary>How many blocks the depth is added in: at least one, which may be empty.</summary>
    public int Blocks { get; init; } = Math.Max(1, (depth + DepthBlock - 1) / DepthBlock);

    /// <summary>
    /// Part of a row of C after a block of depth: what C held, if there was anything, the block's sums, and after the last
    /// block bias and addend; added in this order, as on the host.
    /// </summary>
    /// <param name="sums">The block's.</param>
    /// <param name="isFirst">Whether it is the first block.</param>
    /// <param name="isLast">Whether it is the last.</param>
    /// <param name="row">Which row of C.</param>
    /// <param name="column">The first column.</param>
    /// <param name="c">C.</param>
    /// <param name="bias">[N], if there is one.</param>
    /// <param name="addend">[M / Repeat, N], if there is one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write<TVector>(
        TVector sums, bool isFirst, bool isLast, int row, int column, ArrayView<float> c, ArrayView<float> bias,
        ArrayView<float> addend)
        where TVector : unmanaged, IKernelVector<TVector>
    {
        int count = Columns - column;
        long at = (long)row * CStride + column;
        if (!isFirst || _accumulate != 0)
        {
            sums = TVector.Add(KernelVector.Load<TVector>(c, at, count), sums);
        }

        if (isLast && _hasBias != 0)
        {
            sums = TVector.Add(sums, KernelVector.Load<TVector>(bias, column, count));
        }

        if (isLast && _hasAddend != 0)
        {
            sums = TVector.Add(sums, KernelVector.Load<TVector>(addend, (long)(row / Repeat) * Columns + column, count));
        }

        KernelVector.Store(sums, c, at, count);
    }
}
