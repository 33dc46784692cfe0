using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Columns of W that a group of a thin product takes, as a compile-time constant.</summary>
internal interface IThinGroup
{
    /// <summary>A power of two, at least 4.</summary>
    static abstract int Columns { get; }
}

/// <summary>128 threads.</summary>
internal readonly struct Thin32 : IThinGroup
{
    public static int Columns => 32;
}

/// <summary>64 threads, where a group has fewer than 128.</summary>
internal readonly struct Thin16 : IThinGroup
{
    public static int Columns => 16;
}

/// <summary>16 threads, for the emulator.</summary>
internal readonly struct Thin4 : IThinGroup
{
    public static int Columns => 4;
}

/// <content>
/// Few rows and a B stored by columns, as in y = x W^T in generation: every block of depth of a few columns has a group of its
/// own, so that all of a GPU reads W, once.
/// </content>
internal static partial class TiledGemm
{
    private const int ThinRowQuads = MostThinRows / 4;

    private static readonly ProductChoice Thin = new(ChoiceKinds.ThinColumns);

    private static void ChooseThin(IlgpuDevice gpu, in DeviceProduct product)
    {
        if (gpu.HasSmallGroups)
        {
            MultiplyThin<Thin4>(gpu, product);
        }
        else if (gpu.Limits.Threads < Group128.Size || Thin.For(gpu, product, Thin32.Columns) == Thin16.Columns)
        {
            MultiplyThin<Thin16>(gpu, product);
        }
        else
        {
            MultiplyThin<Thin32>(gpu, product);
        }
    }

    private static void MultiplyThin<TThin>(IlgpuDevice gpu, in DeviceProduct product) where TThin : struct, IThinGroup
    {
        int blocks = product.Blocks;
        DeviceProduct part = blocks > 1 ? product.Into(gpu.Workspace(product.Count * blocks)) : product;
        Index2D grid = new((product.Columns + TThin.Columns - 1) / TThin.Columns, blocks);
        gpu.Launch(
            new KernelConfig(grid, new Index2D(TThin.Columns * ThinRowQuads, 1)),
            new ThinKernel<TThin>(
                part.A.Elements, part.B.Elements, part.C.Elements, part.Bias, part.Addend, part.Sizes));
        if (blocks > 1)
        {
            ProductSlots.Of(product).Sum(gpu, part.C.Elements, product, blocks);
        }
    }

    /// <summary>c[i, j] (+)= sum over k of a[i, k] b[j, k] + bias[j] + addend[i / repeat, j], for up to 16 rows.</summary>
    /// <param name="a">In, M by K.</param>
    /// <param name="b">In, [N, K].</param>
    /// <param name="c">In and out, M by N; or out, [blocks, M, N], where the grid has a row for each block of depth.</param>
    /// <param name="bias">In, [N], if there is one.</param>
    /// <param name="addend">In, [M / repeat, N], if there is one.</param>
    /// <param name="sizes">Sizes and what to add.</param>
    /// <remarks>
    /// Launch: [N / 32, blocks] groups of 128: a thread has one column and four rows. Shared memory: 25 KB. Bound by
    /// bandwidth: reads N K floats. Numerics: fused multiply-adds in the order of depth, blocks of 512.
    /// </remarks>
    internal readonly struct ThinKernel<TThin>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> bias, ArrayView<float> addend,
        ProductSizes sizes) : IKernel
        where TThin : struct, IThinGroup
    {
        public void Run()
        {
            // As many quads of depth at once as there are columns, and one for spreading columns over the banks.
            int quads = TThin.Columns;
            int pitch = quads + 1;
            ArrayView<Lanes4> aShared = SharedMemory.Allocate<Lanes4>(MostThinRows * (TThin.Columns + 1));
            ArrayView<Lanes4> bShared = SharedMemory.Allocate<Lanes4>(TThin.Columns * (TThin.Columns + 1));
            int firstColumn = Grid.IdxX * TThin.Columns;
            int threadColumn = Group.IdxX & (TThin.Columns - 1);
            int threadRow = Group.IdxX / TThin.Columns * Lanes4.Count;
            int start = Grid.IdxY * ProductSizes.DepthBlock;
            int end = IntrinsicMath.Min(sizes.Depth, start + ProductSizes.DepthBlock);
            FourRows<KernelNumber> sums = default;
            for (int k = start; k < end; k += quads * Lanes4.Count)
            {
                for (int quad = Group.IdxX; quad < TThin.Columns * TThin.Columns; quad += TThin.Columns * ThinRowQuads)
                {
                    int column = quad / quads;
                    int at = quad - column * quads;
                    bShared[column * pitch + at] = Quad(
                        b, sizes.BStride, sizes.BIsInQuads, firstColumn + column, sizes.Columns, k + at * Lanes4.Count, end);
                }

                for (int quad = Group.IdxX; quad < sizes.Rows * quads; quad += TThin.Columns * ThinRowQuads)
                {
                    int row = quad / quads;
                    int at = quad - row * quads;
                    aShared[row * pitch + at] = Quad(
                        a, sizes.AStride, sizes.AIsInQuads, row, sizes.Rows, k + at * Lanes4.Count, end);
                }

                KernelGroup.Barrier();
                if (threadRow < sizes.Rows)
                {
                    // Rows beyond the last are computed from the last, and not written.
                    int last = sizes.Rows - 1;
                    int first = threadRow * pitch;
                    int second = IntrinsicMath.Min(threadRow + 1, last) * pitch;
                    int third = IntrinsicMath.Min(threadRow + 2, last) * pitch;
                    int fourth = IntrinsicMath.Min(threadRow + 3, last) * pitch;
                    for (int at = 0; at < quads; at++)
                    {
                        Lanes4 w = bShared[threadColumn * pitch + at];
                        sums.First = AddDot(sums.First, aShared[first + at], w);
                        sums.Second = AddDot(sums.Second, aShared[second + at], w);
                        sums.Third = AddDot(sums.Third, aShared[third + at], w);
                        sums.Fourth = AddDot(sums.Fourth, aShared[fourth + at], w);
                    }
                }

                KernelGroup.Barrier();
            }

            int target = firstColumn + threadColumn;
            if (target < sizes.Columns)
            {
                bool isOnly = Grid.DimY == 1;
                sums.Write(
                    sizes, isFirst: true, isOnly, threadRow, target, c.SubView((long)Grid.IdxY * sizes.Rows * sizes.Columns),
                    bias, addend);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static KernelNumber AddDot(KernelNumber sum, Lanes4 x, Lanes4 w)
    {
        sum = KernelNumber.FusedMultiplyAdd(x.Low.Low, w.Low.Low, sum);
        sum = KernelNumber.FusedMultiplyAdd(x.Low.High, w.Low.High, sum);
        sum = KernelNumber.FusedMultiplyAdd(x.High.Low, w.High.Low, sum);
        return KernelNumber.FusedMultiplyAdd(x.High.High, w.High.High, sum);
    }
}
