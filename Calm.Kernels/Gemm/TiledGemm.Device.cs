using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Threads along each side of a group's tile, as a compile-time constant.</summary>
internal interface ITileSide
{
    /// <summary>A power of two, and the number of steps of depth in shared memory at once.</summary>
    static abstract int Threads { get; }
}

/// <summary>256 threads.</summary>
internal readonly struct Side16 : ITileSide
{
    public static int Threads => 16;
}

/// <summary>64 threads, where a group has fewer than 256 or its shared memory no room for their tiles.</summary>
internal readonly struct Side8 : ITileSide
{
    public static int Threads => 8;
}

/// <summary>16 threads, for the emulator.</summary>
internal readonly struct Side4 : ITileSide
{
    public static int Threads => 4;
}

/// <summary>Layout of an operand in memory.</summary>
internal interface IOperandLayout
{
    /// <summary>Whether a row in memory is one step of depth, or else one element of every step.</summary>
    static abstract bool HasStepsInRows { get; }
}

/// <summary>A row for each step: A transposed, B as it is.</summary>
internal readonly struct StepRows : IOperandLayout
{
    public static bool HasStepsInRows => true;
}

/// <summary>A row for each element: A as it is, B transposed.</summary>
internal readonly struct ElementRows : IOperandLayout
{
    public static bool HasStepsInRows => false;
}

/// <summary>
/// Products on GPUs: a group sums a tile of C, its threads 8 x 8 or 4 x 4 elements each, from tiles of A and B in shared
/// memory; while one pair of tiles is multiplied the next is on its way through registers into the other half of it.
/// </summary>
internal static partial class TiledGemm
{
    // Groups that fill a large GPU, 128, for each thread along a side of a tile, so that the emulator has both cases too. With
    // fewer groups tiles become smaller and blocks of depth get groups of their own.
    private const int EnoughGroups = 8;

    // Slots of blocks of depth take at most this many floats, 256 MB.
    private const long MostSlotFloats = 1 << 26;

    // A grid has no more of them.
    private const int MostLayers = 65535;

    private const int MostThinRows = HostGemm.MostThinRows;

    private static readonly ProductChoice Side = new(ChoiceKinds.ProductSide);

    // The needs of 8 x 8 elements a thread of 256.
    private static GroupLimits LargeTiles => new(
        Side16.Threads * Side16.Threads,
        4 * Side16.Threads * QuadsPerStep<Side16, ThreadTile8>() * Lanes4.Count * sizeof(float));

    /// <summary>Whether a device has room for the tiles of 256 threads.</summary>
    public static bool HasLargeTiles(IlgpuDevice gpu) => !gpu.HasSmallGroups && gpu.Limits.Allow(LargeTiles);

    /// <summary>Computes the product.</summary>
    public static void Multiply(IlgpuDevice gpu, in DeviceProduct product, ProductForm form)
    {
        if (product.Rows <= MostThinRows && !product.A.Transposed && product.B.Transposed)
        {
            ChooseThin(gpu, product);
        }
        else if (gpu.HasSmallGroups)
        {
            ChooseTile<Side4>(gpu, product, form);
        }
        else if (HasLargeTiles(gpu) && Side.For(gpu, product, Side16.Threads) == Side16.Threads)
        {
            ChooseTile<Side16>(gpu, product, form);
        }
        else
        {
            ChooseTile<Side8>(gpu, product, form);
        }
    }

    private static void ChooseTile<TSide>(IlgpuDevice gpu, in DeviceProduct product, ProductForm form)
        where TSide : struct, ITileSide
    {
        bool isLarge = form == ProductForm.BuiltIn
            ? TilesOf<TSide, ThreadTile8>(product).Size * (long)product.Blocks >= EnoughGroups * TSide.Threads
            : form is ProductForm.Tiles8 or ProductForm.SplitTiles8;
        if (isLarge)
        {
            ChooseLayout<TSide, ThreadTile8>(gpu, product, form);
        }
        else
        {
            ChooseLayout<TSide, ThreadTile4>(gpu, product, form);
        }
    }

    private static void ChooseLayout<TSide, TThread>(IlgpuDevice gpu, in DeviceProduct product, ProductForm form)
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
    {
        switch (product.A.Transposed, product.B.Transposed)
        {
            case (false, false): Multiply<TSide, TThread, ElementRows, StepRows>(gpu, product, form); break;
            case (false, true): Multiply<TSide, TThread, ElementRows, ElementRows>(gpu, product, form); break;
            case (true, false): Multiply<TSide, TThread, StepRows, StepRows>(gpu, product, form); break;
            case (true, true): Multiply<TSide, TThread, StepRows, ElementRows>(gpu, product, form); break;
        }
    }

    private static void Multiply<TSide, TThread, TA, TB>(IlgpuDevice gpu, in DeviceProduct product, ProductForm form)
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
        where TA : struct, IOperandLayout where TB : struct, IOperandLayout
    {
        int blocks = product.Blocks;
        long slotFloats = product.Count * blocks;
        Index2D tiles = TilesOf<TSide, TThread>(product);
        bool wantsSplit = form == ProductForm.BuiltIn
            ? tiles.Size < EnoughGroups * TSide.Threads
            : form is ProductForm.SplitTiles4 or ProductForm.SplitTiles8;
        bool isSplit = wantsSplit && blocks is > 1 and <= MostLayers && slotFloats <= MostSlotFloats;
        DeviceProduct part = isSplit ? product.Into(gpu.Workspace(slotFloats)) : product;
        gpu.Launch(
            new KernelConfig(
                new Index3D(tiles, isSplit ? blocks : 1), new Index3D(TSide.Threads * TSide.Threads, 1, 1)),
            new TilesKernel<TSide, TThread, TA, TB>(
                part.A.Elements, part.B.Elements, part.C.Elements, part.Bias, part.Addend, part.Sizes));
        if (isSplit)
        {
            ProductSlots.Of(product).Sum(gpu, part.C.Elements, product, blocks);
        }
    }

    private static Index2D TilesOf<TSide, TThread>(in DeviceProduct product)
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
    {
        int width = TileWidth<TSide, TThread>();
        return new Index2D((product.Columns + width - 1) / width, (product.Rows + width - 1) / width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TileWidth<TSide, TThread>()
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread> =>
        TSide.Threads * TThread.Quads * Lanes4.Count;

    // One quad more than there are, so that columns of a tile are spread over the banks.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int QuadsPerStep<TSide, TThread>()
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread> =>
        TSide.Threads * TThread.Quads + 1;

    /// <summary>c[i, j] (+)= sum over k of a[i, k] b[k, j] + bias[j] + addend[i / repeat, j].</summary>
    /// <param name="a">In, M by K.</param>
    /// <param name="b">In, K by N.</param>
    /// <param name="c">In and out, M by N; or out, [blocks, M, N], where the grid has a layer for each block of depth.</param>
    /// <param name="bias">In, [N], if there is one.</param>
    /// <param name="addend">In, [M / repeat, N], if there is one.</param>
    /// <param name="sizes">Sizes and what to add.</param>
    /// <remarks>
    /// Launch: [N / width, M / width, 1 or blocks] groups of 256 threads; width 128 or 64. Shared memory: 33 or 17 KB.
    /// Bound by arithmetic. Numerics: fused multiply-adds in the order of depth, blocks of 512.
    /// </remarks>
    internal readonly struct TilesKernel<TSide, TThread, TA, TB>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> bias, ArrayView<float> addend,
        ProductSizes sizes) : IKernel
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
        where TA : struct, IOperandLayout where TB : struct, IOperandLayout
    {
        public void Run()
        {
            int width = TileWidth<TSide, TThread>();
            int step = QuadsPerStep<TSide, TThread>();
            int tileQuads = TSide.Threads * step;
            ArrayView<Lanes4> aShared = SharedMemory.Allocate<Lanes4>(2 * TSide.Threads * QuadsPerStep<TSide, TThread>());
            ArrayView<Lanes4> bShared = SharedMemory.Allocate<Lanes4>(2 * TSide.Threads * QuadsPerStep<TSide, TThread>());
            int row = Grid.IdxY * width;
            int column = Grid.IdxX * width;
            int threadRow = Group.IdxX / TSide.Threads;
            int threadColumn = Group.IdxX & (TSide.Threads - 1);
            bool isSplit = Grid.DimZ > 1;
            int start = isSplit ? Grid.IdxZ * ProductSizes.DepthBlock : 0;
            int end = isSplit ? IntrinsicMath.Min(sizes.Depth, start + ProductSizes.DepthBlock) : sizes.Depth;
            ArrayView<float> target = c.SubView((long)Grid.IdxZ * sizes.Rows * sizes.Columns);

            SharedTile<TSide, TThread, TA> nextA = default;
            SharedTile<TSide, TThread, TB> nextB = default;
            nextA.Fetch(a, sizes.AStride, sizes.AIsInQuads, row, sizes.Rows, start, end);
            nextB.Fetch(b, sizes.BStride, sizes.BIsInQuads, column, sizes.Columns, start, end);
            nextA.Store(aShared, 0);
            nextB.Store(bShared, 0);
            KernelGroup.Barrier();
            int current = 0;
            int k = start;
            TThread sums = default;
            do
            {
                int next = k + TSide.Threads;
                if (next < end)
                {
                    nextA.Fetch(a, sizes.AStride, sizes.AIsInQuads, row, sizes.Rows, next, end);
                    nextB.Fetch(b, sizes.BStride, sizes.BIsInQuads, column, sizes.Columns, next, end);
                }

                for (int s = 0; s < TSide.Threads; s++)
                {
                    int at = current + s * step;
                    sums = TThread.AddProducts(sums, aShared, at + threadRow, bShared, at + threadColumn, TSide.Threads);
                }

                if (next < end)
                {
                    // The other half, which all threads have finished with since the last barrier.
                    nextA.Store(aShared, tileQuads - current);
                    nextB.Store(bShared, tileQuads - current);
                }

                if (next >= end || (next & (ProductSizes.DepthBlock - 1)) == 0)
                {
                    TThread.Write(
                        sums, TSide.Threads * Lanes4.Count, sizes, isSplit || k < ProductSizes.DepthBlock,
                        !isSplit && next >= end, row + threadRow * Lanes4.Count, column + threadColumn * Lanes4.Count, target,
                        bias, addend);
                    sums = default;
                }

                KernelGroup.Barrier();
                current = tileQuads - current;
                k = next;
            }
            while (k < end);
        }
    }

    /// <summary>The part of the next tile of an operand that a thread copies to shared memory: one quad or two.</summary>
    private struct SharedTile<TSide, TThread, TLayout>
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
        where TLayout : struct, IOperandLayout
    {
        private Lanes4 _first, _second;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Fetch(ArrayView<float> source, int stride, int isInQuads, int element, int elements, int k, int end)
        {
            _first = FetchQuad(Group.IdxX, source, stride, isInQuads, element, elements, k, end);
            if (TThread.Quads > 1)
            {
                _second = FetchQuad(
                    Group.IdxX + TSide.Threads * TSide.Threads, source, stride, isInQuads, element, elements, k, end);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ArrayView<Lanes4> shared, int tile)
        {
            StoreQuad(Group.IdxX, _first, shared, tile);
            if (TThread.Quads > 1)
            {
                StoreQuad(Group.IdxX + TSide.Threads * TSide.Threads, _second, shared, tile);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Lanes4 FetchQuad(
            int quad, ArrayView<float> source, int stride, int isInQuads, int element, int elements, int k, int end)
        {
            if (TLayout.HasStepsInRows)
            {
                int quadsPerStep = TSide.Threads * TThread.Quads;
                int step = quad / quadsPerStep;
                int at = element + (quad - step * quadsPerStep) * Lanes4.Count;
                return Quad(source, stride, isInQuads, k + step, end, at, elements);
            }
            else
            {
                int quadsPerElement = TSide.Threads / Lanes4.Count;
                int line = quad / quadsPerElement;
                int at = k + (quad - line * quadsPerElement) * Lanes4.Count;
                return Quad(source, stride, isInQuads, element + line, elements, at, end);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void StoreQuad(int quad, Lanes4 value, ArrayView<Lanes4> shared, int tile)
        {
            if (TLayout.HasStepsInRows)
            {
                int quadsPerStep = TSide.Threads * TThread.Quads;
                int step = quad / quadsPerStep;
                shared[tile + step * QuadsPerStep<TSide, TThread>() + (quad - step * quadsPerStep)] = value;
            }
            else
            {
                ArrayView<float> floats = shared.Cast<float>();
                int quadsPerElement = TSide.Threads / Lanes4.Count;
                int line = quad / quadsPerElement;
                int stepWidth = QuadsPerStep<TSide, TThread>() * Lanes4.Count;
                int at = tile * Lanes4.Count + (quad - line * quadsPerElement) * Lanes4.Count * stepWidth + line;
                floats[at] = value.X;
                floats[at + stepWidth] = value.Y;
                floats[at + 2 * stepWidth] = value.Z;
                floats[at + 3 * stepWidth] = value.W;
            }
        }
    }

    /// <summary>Four neighbours in memory, zeros where the operand ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes4 Quad(
        ArrayView<float> source, int stride, int isInQuads, int row, int rows, int column, int columns)
    {
        long at = (long)row * stride + column;
        int count = row < rows ? columns - column : 0;
        return count >= Lanes4.Count && isInQuads != 0
            ? source.Cast<Lanes4>()[at >> 2]
            : Lanes4.LoadBelow(source, at, 0, count);
    }
}
