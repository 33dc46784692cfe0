using System.Runtime.Intrinsics;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Products on CPUs behind OpenCL, as on the host: B in panels, A where it lies unless its columns are contiguous, and a
/// work item that sums tiles of C in registers, which the driver's compiler turns into vectors. No shared memory and no
/// barrier: both only cost time on a CPU.
/// </summary>
internal static partial class DirectGemm
{
    private const int RowsPerTile = 4;

    // Rows of C of one work item, all computed from one panel of B in the first cache.
    private const int UsualRows = 48;

    // Size of the parts that are packed at once, in floats: 4 MB, so that panels are still in a cache when they are used.
    private const int UsualPackedFloats = 1 << 20;

    // Up to here a B stored by columns is read where it lies.
    private const int MostThinRows = HostGemm.MostThinRows;

    private static readonly ProductChoice Rows = new(ChoiceKinds.ProductRows);
    private static readonly ProductChoice PackedFloats = new(ChoiceKinds.PackedFloats);

    /// <summary>Computes the product.</summary>
    public static void Multiply(IlgpuDevice gpu, in DeviceProduct product, ProductForm form)
    {
        // The device is this machine: with 32 registers a tile of 4 x 32 fits, with 16 half of it.
        bool isWide = form == ProductForm.BuiltIn ? Vector512.IsHardwareAccelerated : form == ProductForm.Rows32;
        if (product.Rows <= MostThinRows && product.B.Transposed)
        {
            MultiplyThin(gpu, product);
        }
        else if (isWide)
        {
            MultiplyTiles<Lanes32>(gpu, product);
        }
        else
        {
            MultiplyTiles<Lanes16>(gpu, product);
        }
    }

    private static void MultiplyTiles<TRow>(IlgpuDevice gpu, in DeviceProduct product)
        where TRow : unmanaged, IKernelLanes<TRow>
    {
        int depth = product.Depth;
        long floatsPerStep = DirectPacking.FloatsFor(product.Columns, TRow.Count, 1)
            + (product.A.Transposed ? DirectPacking.FloatsFor(product.Rows, RowsPerTile, 1) : 0);
        int packedFloats = PackedFloats.For(gpu, product, UsualPackedFloats);
        int rowsPerItem = Rows.For(gpu, product, UsualRows);
        int blocksAtOnce = (int)Math.Max(1, packedFloats / (floatsPerStep * ProductSizes.DepthBlock));
        int stepsAtOnce = Math.Min(depth, blocksAtOnce * ProductSizes.DepthBlock);
        ArrayView<float> workspace = gpu.Workspace(floatsPerStep * stepsAtOnce);
        int start = 0;
        do
        {
            int steps = Math.Min(stepsAtOnce, depth - start);
            DeviceProduct part = product with
            {
                Depth = steps,
                A = product.A.FromColumn(start),
                B = product.B.FromRow(start),
                Accumulate = product.Accumulate || start > 0,
                Epilogue = start + steps >= depth ? product.Epilogue : default,
            };
            MultiplyPart<TRow>(gpu, part, workspace, rowsPerItem);
            start += steps;
        }
        while (start < depth);
    }

    private static void MultiplyPart<TRow>(
        IlgpuDevice gpu, in DeviceProduct part, ArrayView<float> workspace, int rowsPerItem)
        where TRow : unmanaged, IKernelLanes<TRow>
    {
        (DeviceMatrix a, DeviceMatrix b) = (part.A, part.B);
        long bFloats = DirectPacking.FloatsFor(part.Columns, TRow.Count, part.Depth);
        ArrayView<float> bPanels = workspace.SubView(0, bFloats);
        DirectPacking.Run<TRow>(gpu, b, !b.Transposed, part.Columns, part.Depth, bPanels);
        ArrayView<float> aPanels = a.Elements;
        DirectPanels layout = new((long)RowsPerTile * a.Stride, a.Stride, 1);
        if (a.Transposed)
        {
            aPanels = workspace.SubView(bFloats, workspace.Length - bFloats);
            layout = new DirectPanels((long)RowsPerTile * part.Depth, 1, RowsPerTile);
            DirectPacking.Run<Lanes4>(gpu, a, hasStepsInRows: true, part.Rows, part.Depth, aPanels);
        }

        Index2D grid = new(KernelLanes.CountFor<TRow>(part.Columns), (part.Rows + rowsPerItem - 1) / rowsPerItem);
        gpu.Launch(
            new KernelConfig(grid, new Index2D(1, 1)),
            new DirectTilesKernel<TRow>(
                aPanels, bPanels, part.C.Elements, part.Bias, part.Addend, part.Sizes, layout, rowsPerItem));
    }

    /// <summary>c[i, j] (+)= sum over k of a[i, k] b[k, j] + bias[j] + addend[i / repeat, j].</summary>
    /// <param name="a">In, M by K, in the layout <paramref name="aPanels"/>.</param>
    /// <param name="b">In, [panel, K, columns of a panel].</param>
    /// <param name="c">In and out, M by N.</param>
    /// <param name="bias">In, [N], if there is one.</param>
    /// <param name="addend">In, [M / repeat, N], if there is one.</param>
    /// <param name="sizes">Sizes and what to add.</param>
    /// <param name="aPanels">Layout of A.</param>
    /// <param name="rowsPerItem">Rows of C of one work item, a multiple of four.</param>
    /// <remarks>
    /// Launch: [N / columns of a panel, M / rowsPerItem] groups of one. A step of the innermost loop is four broadcasts of A
    /// and a row of B, multiplied and added to as many registers. Numerics: fused multiply-adds in the order of depth, blocks
    /// of 512.
    /// </remarks>
    internal readonly struct DirectTilesKernel<TRow>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> bias, ArrayView<float> addend,
        ProductSizes sizes, DirectPanels aPanels, int rowsPerItem) : IKernel
        where TRow : unmanaged, IKernelLanes<TRow>
    {
        public void Run()
        {
            int column = Grid.IdxX * TRow.Count;
            int firstRow = Grid.IdxY * rowsPerItem;
            int endRow = IntrinsicMath.Min(sizes.Rows, firstRow + rowsPerItem);
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
                            Lanes4.Of(a[aAt], a[aAt + second], a[aAt + third], a[aAt + fourth]), TRow.Load(b, bAt));
                        aAt += aPanels.Step;
                        bAt += TRow.Count;
                    }

                    sums.Write(sizes, block == 0, block == blocks - 1, row, column, c, bias, addend);
                }
            }
        }
    }
}

/// <summary>Layout of the panels of an operand: element i of step k of panel p at p * Panel + i * Element + k * Step.</summary>
internal readonly record struct DirectPanels(long Panel, int Element, int Step);
