using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// Few rows and a B stored by columns, as in y = x W^T in generation: W is read once, in place. Lanes hold rows of A, too few to
/// fill more registers; elements of W are broadcast.
/// </content>
internal static partial class DirectGemm
{
    private const int ColumnsPerItem = 8;

    private static void MultiplyThin(IlgpuDevice gpu, in DeviceProduct product)
    {
        if (product.Rows <= 4)
        {
            MultiplyThin<Lanes4>(gpu, product);
        }
        else if (product.Rows <= 8)
        {
            MultiplyThin<Lanes8>(gpu, product);
        }
        else
        {
            MultiplyThin<Lanes16>(gpu, product);
        }
    }

    private static void MultiplyThin<TRows>(IlgpuDevice gpu, in DeviceProduct product)
        where TRows : unmanaged, IKernelLanes<TRows>
    {
        int blocks = product.Blocks;
        ProductSlots layout = new((long)product.Columns * TRows.Count, 1, TRows.Count);
        long aFloats = DirectPacking.FloatsFor(product.Rows, TRows.Count, product.Depth);
        ArrayView<float> workspace = gpu.Workspace(aFloats + blocks * layout.Block);
        ArrayView<float> aPanel = workspace.SubView(0, aFloats);
        ArrayView<float> slots = workspace.SubView(aFloats, blocks * layout.Block);
        DirectPacking.Run<TRows>(gpu, product.A, product.A.Transposed, product.Rows, product.Depth, aPanel);
        Index2D grid = new((product.Columns + ColumnsPerItem - 1) / ColumnsPerItem, blocks);
        gpu.Launch(
            new KernelConfig(grid, new Index2D(1, 1)),
            new DirectThinKernel<TRows>(aPanel, product.B.Elements, slots, product.Sizes));
        layout.Sum(gpu, slots, product, blocks);
    }

    /// <summary>slots[s, j, i] = sum over the steps k of block s of a[k, i] b[j, k].</summary>
    /// <param name="a">In, [K, rows of a register].</param>
    /// <param name="b">In, [N, K].</param>
    /// <param name="slots">Out, [blocks, N, rows of a register].</param>
    /// <param name="sizes">Sizes.</param>
    /// <remarks>
    /// Launch: [N / 8, blocks] groups of one. Bound by memory: reads N K floats. Numerics: fused multiply-adds in the order of
    /// depth.
    /// </remarks>
    internal readonly struct DirectThinKernel<TRows>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> slots, ProductSizes sizes) : IKernel
        where TRows : unmanaged, IKernelLanes<TRows>
    {
        public void Run()
        {
            int start = Grid.IdxY * ProductSizes.DepthBlock;
            int steps = IntrinsicMath.Min(ProductSizes.DepthBlock, sizes.Depth - start);
            int column = Grid.IdxX * ColumnsPerItem;
            int present = sizes.Columns - 1 - column;
            long bAt = (long)column * sizes.BStride + start;
            long aAt = (long)start * TRows.Count;

            // Columns beyond the last are computed from the last, and not written.
            long second = (long)IntrinsicMath.Min(1, present) * sizes.BStride;
            long third = (long)IntrinsicMath.Min(2, present) * sizes.BStride;
            long fourth = (long)IntrinsicMath.Min(3, present) * sizes.BStride;
            long fifth = (long)IntrinsicMath.Min(4, present) * sizes.BStride;
            long sixth = (long)IntrinsicMath.Min(5, present) * sizes.BStride;
            long seventh = (long)IntrinsicMath.Min(6, present) * sizes.BStride;
            long eighth = (long)IntrinsicMath.Min(7, present) * sizes.BStride;
            FourRows<TRows> left = default;
            FourRows<TRows> right = default;
            for (int k = 0; k < steps; k++)
            {
                TRows x = TRows.Load(a, aAt);
                left.AddProducts(Lanes4.Of(b[bAt], b[bAt + second], b[bAt + third], b[bAt + fourth]), x);
                right.AddProducts(Lanes4.Of(b[bAt + fifth], b[bAt + sixth], b[bAt + seventh], b[bAt + eighth]), x);
                aAt += TRows.Count;
                bAt++;
            }

            long slot = ((long)Grid.IdxY * sizes.Columns + column) * TRows.Count;
            StoreFour(left, slots, slot, present + 1);
            StoreFour(right, slots, slot + 4 * TRows.Count, present - 3);
        }
    }

    private static void StoreFour<TRows>(FourRows<TRows> sums, ArrayView<float> slots, long at, int count)
        where TRows : unmanaged, IKernelLanes<TRows>
    {
        if (count > 0)
        {
            TRows.Store(sums.First, slots, at);
        }

        if (count > 1)
        {
            TRows.Store(sums.Second, slots, at + TRows.Count);
        }

        if (count > 2)
        {
            TRows.Store(sums.Third, slots, at + 2 * TRows.Count);
        }

        if (count > 3)
        {
            TRows.Store(sums.Fourth, slots, at + 3 * TRows.Count);
        }
    }
}
