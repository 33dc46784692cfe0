using System.Runtime.Intrinsics;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Products on CPUs behind OpenCL, as on the host: B in panels, A where it lies unless its columns are contiguous, and a
/// work item that sums tiles of C in registers, which the driver's compiler makes vectors of. No shared memory and no
/// barrier: on a CPU both are detours.
/// </summary>
internal static partial class DirectGemm
{
    private const int RowsPerTile = 4;

    // Rows of C of one work item, which a panel of B, in the first cache, is used for.
    private const int RowsPerItem = 48;

    // What is packed at once, in floats: 4 MB, so that panels are still in a cache when they are used.
    private const int MostPackedFloats = 1 << 20;

    // Up to here a B stored by columns is read where it lies.
    private const int MostThinRows = HostGemm.MostThinRows;

    /// <summary>Computes the product.</summary>
    /// <inheritdoc cref="DeviceGemm.Multiply"/>
    public static void Multiply(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue, ProductForm form)
    {
        // The device is this machine: with 32 registers a tile of 4 x 32 fits, with 16 half of it.
        bool isWide = form == ProductForm.BuiltIn ? Vector512.IsHardwareAccelerated : form == ProductForm.Rows32;
        if (rows <= MostThinRows && b.Transposed)
        {
            MultiplyThin(gpu, rows, columns, depth, a, b, c, accumulate, epilogue);
        }
        else if (isWide)
        {
            MultiplyTiles<Twice<Twice<Twice<Float4>>>>(gpu, rows, columns, depth, a, b, c, accumulate, epilogue);
        }
        else
        {
            MultiplyTiles<Twice<Twice<Float4>>>(gpu, rows, columns, depth, a, b, c, accumulate, epilogue);
        }
    }

    private static void MultiplyTiles<TRow>(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue)
        where TRow : unmanaged, IKernelVector<TRow>
    {
        long floatsPerStep = DirectPacking.FloatsFor(columns, TRow.Count, 1)
            + (a.Transposed ? DirectPacking.FloatsFor(rows, RowsPerTile, 1) : 0);
        int blocksAtOnce = (int)Math.Max(1, MostPackedFloats / (floatsPerStep * ProductSizes.DepthBlock));
        int stepsAtOnce = Math.Min(depth, blocksAtOnce * ProductSizes.DepthBlock);
        ArrayView<float> workspace = gpu.Workspace(floatsPerStep * stepsAtOnce);
        int start = 0;
        do
        {
            int steps = Math.Min(stepsAtOnce, depth - start);
            bool isLast = start + steps >= depth;
            MultiplyPart<TRow>(
                gpu, rows, columns, steps, a.FromColumn(start), b.FromRow(start), c, accumulate || start > 0,
                isLast ? epilogue : default, workspace);
            start += steps;
        }
        while (start < depth);
    }

    private static void MultiplyPart<TRow>(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue, ArrayView<float> workspace)
        where TRow : unmanaged, IKernelVector<TRow>
    {
        long bFloats = DirectPacking.FloatsFor(columns, TRow.Count, depth);
        ArrayView<float> bPanels = workspace.SubView(0, bFloats);
        DirectPacking.Run<TRow>(gpu, b, !b.Transposed, columns, depth, bPanels);
        ArrayView<float> aPanels = a.Elements;
        DirectPanels layout = new((long)RowsPerTile * a.Stride, a.Stride, 1);
        if (a.Transposed)
        {
            aPanels = workspace.SubView(bFloats, workspace.Length - bFloats);
            layout = new DirectPanels((long)RowsPerTile * depth, 1, RowsPerTile);
            DirectPacking.Run<Float4>(gpu, a, hasStepsInRows: true, rows, depth, aPanels);
        }

        Index2D grid = new(KernelVector.CountFor<TRow>(columns), (rows + RowsPerItem - 1) / RowsPerItem);
        gpu.Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductSizes,
            DirectPanels>(DirectTilesKernel<TRow>)(
            gpu.Queue, new KernelConfig(grid, new Index2D(1, 1)), aPanels, bPanels, c.Elements,
            epilogue.Bias?.View() ?? c.Elements, epilogue.Addend?.View() ?? c.Elements,
            new ProductSizes(rows, columns, depth, a, b, c.Stride, accumulate, epilogue), layout);
    }

    /// <summary>c[i, j] (+)= sum over k of a[i, k] b[k, j] + bias[j] + addend[i / repeat, j].</summary>
    /// <param name="a">In, M by K, where <paramref name="aPanels"/> says.</param>
    /// <param name="b">In, [panel, K, columns of a panel].</param>
    /// <param name="c">In and out, M by N.</param>
    /// <param name="bias">In, [N], if there is one.</param>
    /// <param name="addend">In, [M / repeat, N], if there is one.</param>
    /// <param name="sizes">Sizes and what to add.</param>
    /// <param name="aPanels">How A lies.</param>
    /// <remarks>
    /// Launch: [N / columns of a panel, M / 48] groups of one. A step of the innermost loop is four broadcasts of A and a row
    /// of B, multiplied and added to as many registers. Numerics: fused multiply-adds in the order of depth, blocks of 512.
    /// </remarks>
    private static void DirectTilesKernel<TRow>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> bias, ArrayView<float> addend,
        ProductSizes sizes, DirectPanels aPanels)
        where TRow : unmanaged, IKernelVector<TRow>
    {
        int column = Grid.IdxX * TRow.Count;
        int firstRow = Grid.IdxY * RowsPerItem;
        int endRow = IntrinsicMath.Min(sizes.Rows, firstRow + RowsPerItem);
        int blocks = sizes.Blocks;
        for (int block = 0; block < blocks; block++)
        {
            int start = block * ProductSizes.DepthBlock;
            int steps = IntrinsicMath.Min(ProductSizes.DepthBlock, sizes.Depth - start);
            for (int row = firstRow; row < endRow; row += RowsPerTile)
            {
                long aAt = row / RowsPerTile * aPanels.Panel + (long)start * aPanels.Step;
                long bAt = (long)column * sizes.Depth + (long)start * TRow.Count;

                // Rows beyond the last are computed from the last, and not written.
                long present = sizes.Rows - 1 - row;
                long second = IntrinsicMath.Min(1, present) * aPanels.Element;
                long third = IntrinsicMath.Min(2, present) * aPanels.Element;
                long fourth = IntrinsicMath.Min(3, present) * aPanels.Element;
                FourRows<TRow> sums = default;
                for (int k = 0; k < steps; k++)
                {
                    sums.AddProducts(
                        new Float4(a[aAt], a[aAt + second], a[aAt + third], a[aAt + fourth]), TRow.Load(b, bAt));
                    aAt += aPanels.Step;
                    bAt += TRow.Count;
                }

                sums.Write(sizes, block == 0, block == blocks - 1, row, column, c, bias, addend);
            }
        }
    }
}

/// <summary>Where the panels of an operand lie: element i of step k of panel p at p * Panel + i * Element + k * Step.</summary>
internal readonly record struct DirectPanels(long Panel, int Element, int Step);
