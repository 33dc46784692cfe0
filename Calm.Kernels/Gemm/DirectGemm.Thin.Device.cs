using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// Few rows and a B stored by columns, which is y = x W^T in generation: W is read once, where it lies. Lanes hold rows of A,
/// of which there are too few to fill more; W's elements are broadcast.
/// </content>
internal static partial class DirectGemm
{
    private const int ColumnsPerItem = 8;

    private static void MultiplyThin(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue)
    {
        if (rows <= 4)
        {
            MultiplyThin<Float4>(gpu, rows, columns, depth, a, b, c, accumulate, epilogue);
        }
        else if (rows <= 8)
        {
            MultiplyThin<Twice<Float4>>(gpu, rows, columns, depth, a, b, c, accumulate, epilogue);
        }
        else
        {
            MultiplyThin<Twice<Twice<Float4>>>(gpu, rows, columns, depth, a, b, c, accumulate, epilogue);
        }
    }

    private static void MultiplyThin<TRows>(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue)
        where TRows : unmanaged, IKernelVector<TRows>
    {
        ProductSizes sizes = new(rows, columns, depth, a, b, c.Stride, accumulate, epilogue);
        ProductSlots layout = new((long)columns * TRows.Count, 1, TRows.Count);
        long aFloats = DirectPacking.FloatsFor(rows, TRows.Count, depth);
        ArrayView<float> workspace = gpu.Workspace(aFloats + sizes.Blocks * layout.Block);
        ArrayView<float> aPanel = workspace.SubView(0, aFloats);
        ArrayView<float> slots = workspace.SubView(aFloats, sizes.Blocks * layout.Block);
        DirectPacking.Run<TRows>(gpu, a, a.Transposed, rows, depth, aPanel);
        gpu.Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductSizes>(DirectThinKernel<TRows>)(
            gpu.Queue,
            new KernelConfig(
                new Index2D((columns + ColumnsPerItem - 1) / ColumnsPerItem, sizes.Blocks), new Index2D(1, 1)),
            aPanel, b.Elements, slots, sizes);
        layout.Sum(gpu, slots, sizes, c, epilogue);
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
    private static void DirectThinKernel<TRows>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> slots, ProductSizes sizes)
        where TRows : unmanaged, IKernelVector<TRows>
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
            left.AddProducts(new Float4(b[bAt], b[bAt + second], b[bAt + third], b[bAt + fourth]), x);
            right.AddProducts(new Float4(b[bAt + fifth], b[bAt + sixth], b[bAt + seventh], b[bAt + eighth]), x);
            aAt += TRows.Count;
            bAt++;
        }

        long slot = ((long)Grid.IdxY * sizes.Columns + column) * TRows.Count;
        StoreFour(left, slots, slot, present + 1);
        StoreFour(right, slots, slot + 4 * TRows.Count, present - 3);
    }

    private static void StoreFour<TRows>(FourRows<TRows> sums, ArrayView<float> slots, long at, int count)
        where TRows : unmanaged, IKernelVector<TRows>
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
