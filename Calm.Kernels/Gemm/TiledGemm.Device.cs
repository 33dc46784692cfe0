using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Threads along each side of a group's tile, as a compile-time constant.</summary>
internal interface ITileSide
{
    /// <summary>A power of two, and how many steps of depth lie in shared memory at once.</summary>
    static abstract int Threads { get; }
}

/// <summary>256 threads.</summary>
internal readonly struct Side16 : ITileSide
{
    public static int Threads => 16;
}

/// <summary>16 threads, for the emulator.</summary>
internal readonly struct Side4 : ITileSide
{
    public static int Threads => 4;
}

/// <summary>How an operand lies in memory.</summary>
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
    // Groups that fill a large GPU, 128, for each thread along a side of their tile, so that the emulator, too, has both cases:
    // with fewer, tiles become smaller and blocks of depth get groups of their own.
    private const int EnoughGroups = 8;

    // Slots of blocks of depth take at most this many floats, 256 MB.
    private const long MostSlotFloats = 1 << 26;

    private const int MostThinRows = HostGemm.MostThinRows;

    /// <summary>Computes the product.</summary>
    /// <inheritdoc cref="DeviceGemm.Multiply"/>
    public static void Multiply(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue, ProductForm form)
    {
        Product product = new(gpu, rows, columns, depth, a, b, c, accumulate, epilogue, form);
        bool isThin = rows <= MostThinRows && !a.Transposed && b.Transposed;
        switch (isThin, gpu.HasSmallGroups)
        {
            case (true, true): product.RunThin<Thin4>(); break;
            case (true, false): product.RunThin<Thin32>(); break;
            case (false, true): product.ChooseTile<Side4>(); break;
            case (false, false): product.ChooseTile<Side16>(); break;
        }
    }

    private readonly record struct Product(
        IlgpuDevice Gpu, int Rows, int Columns, int Depth, DeviceMatrix A, DeviceMatrix B, DeviceMatrix C, bool Accumulate,
        DeviceEpilogue Epilogue, ProductForm Form)
    {
        private ProductSizes Sizes => new(Rows, Columns, Depth, A, B, C.Stride, Accumulate, Epilogue);

        private long SlotFloats => (long)Rows * Columns * Sizes.Blocks;

        public void ChooseTile<TSide>() where TSide : struct, ITileSide
        {
            int width = TileWidth<TSide, ThreadTile8>();
            long groups = (long)((Rows + width - 1) / width) * ((Columns + width - 1) / width) * Sizes.Blocks;
            bool isLarge = Form == ProductForm.BuiltIn
                ? groups >= EnoughGroups * TSide.Threads
                : Form is ProductForm.Tiles8 or ProductForm.SplitTiles8;
            if (isLarge)
            {
                ChooseLayout<TSide, ThreadTile8>();
            }
            else
            {
                ChooseLayout<TSide, ThreadTile4>();
            }
        }

        private void ChooseLayout<TSide, TThread>()
            where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
        {
            switch (A.Transposed, B.Transposed)
            {
                case (false, false): Run<TSide, TThread, ElementRows, StepRows>(); break;
                case (false, true): Run<TSide, TThread, ElementRows, ElementRows>(); break;
                case (true, false): Run<TSide, TThread, StepRows, StepRows>(); break;
                case (true, true): Run<TSide, TThread, StepRows, ElementRows>(); break;
            }
        }

        private void Run<TSide, TThread, TA, TB>()
            where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
            where TA : struct, IOperandLayout where TB : struct, IOperandLayout
        {
            int width = TileWidth<TSide, TThread>();
            Index2D tiles = new((Columns + width - 1) / width, (Rows + width - 1) / width);
            bool wantsSplit = Form == ProductForm.BuiltIn
                ? tiles.Size < EnoughGroups * TSide.Threads
                : Form is ProductForm.SplitTiles4 or ProductForm.SplitTiles8;
            bool isSplit = wantsSplit && Sizes.Blocks > 1 && SlotFloats <= MostSlotFloats;
            KernelConfig config = new(
                new Index3D(tiles, isSplit ? Sizes.Blocks : 1), new Index3D(TSide.Threads * TSide.Threads, 1, 1));
            Run(TilesKernel<TSide, TThread, TA, TB>, config, isSplit);
        }

        public void RunThin<TThin>() where TThin : struct, IThinGroup
        {
            Index2D grid = new((Columns + TThin.Columns - 1) / TThin.Columns, Sizes.Blocks);
            Run(ThinKernel<TThin>, new KernelConfig(grid, new Index2D(ThinThreads<TThin>(), 1)), Sizes.Blocks > 1);
        }

        private void Run(
            Action<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductSizes>
                source,
            KernelConfig config, bool isSplit)
        {
            var kernel = Gpu.Kernel(source);
            if (!isSplit)
            {
                kernel(
                    Gpu.Queue, config, A.Elements, B.Elements, C.Elements, Epilogue.Bias?.View() ?? C.Elements,
                    Epilogue.Addend?.View() ?? C.Elements, Sizes);
                return;
            }

            ArrayView<float> slots = Gpu.Workspace(SlotFloats);
            ProductSizes part = new(Rows, Columns, Depth, A, B, Columns, accumulate: false, default);
            kernel(Gpu.Queue, config, A.Elements, B.Elements, slots, slots, slots, part);
            new ProductSlots((long)Rows * Columns, Columns, 1).Sum(Gpu, slots, Sizes, C, Epilogue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TileWidth<TSide, TThread>()
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread> =>
        TSide.Threads * TThread.Quads * Float4.Count;

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
    private static void TilesKernel<TSide, TThread, TA, TB>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> bias, ArrayView<float> addend,
        ProductSizes sizes)
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
        where TA : struct, IOperandLayout where TB : struct, IOperandLayout
    {
        int width = TileWidth<TSide, TThread>();
        int step = QuadsPerStep<TSide, TThread>();
        int tileQuads = TSide.Threads * step;
        ArrayView<Float4> aShared = SharedMemory.Allocate<Float4>(2 * TSide.Threads * QuadsPerStep<TSide, TThread>());
        ArrayView<Float4> bShared = SharedMemory.Allocate<Float4>(2 * TSide.Threads * QuadsPerStep<TSide, TThread>());
        int row = Grid.IdxY * width;
        int column = Grid.IdxX * width;
        int threadRow = Group.IdxX / TSide.Threads;
        int threadColumn = Group.IdxX % TSide.Threads;
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
        Group.Barrier();
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

            if (next >= end || next % ProductSizes.DepthBlock == 0)
            {
                TThread.Write(
                    sums, TSide.Threads * Float4.Count, sizes, isSplit || k < ProductSizes.DepthBlock, !isSplit && next >= end,
                    row + threadRow * Float4.Count, column + threadColumn * Float4.Count, target, bias, addend);
                sums = default;
            }

            Group.Barrier();
            current = tileQuads - current;
            k = next;
        }
        while (k < end);
    }

    /// <summary>What a thread brings of the next tile of an operand from global to shared memory: one quad or two.</summary>
    private struct SharedTile<TSide, TThread, TLayout>
        where TSide : struct, ITileSide where TThread : unmanaged, IThreadTile<TThread>
        where TLayout : struct, IOperandLayout
    {
        private Float4 _first, _second;

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
        public readonly void Store(ArrayView<Float4> shared, int tile)
        {
            StoreQuad(Group.IdxX, _first, shared, tile);
            if (TThread.Quads > 1)
            {
                StoreQuad(Group.IdxX + TSide.Threads * TSide.Threads, _second, shared, tile);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Float4 FetchQuad(
            int quad, ArrayView<float> source, int stride, int isInQuads, int element, int elements, int k, int end)
        {
            if (TLayout.HasStepsInRows)
            {
                int quadsPerStep = TSide.Threads * TThread.Quads;
                int step = quad / quadsPerStep;
                int at = element + (quad - step * quadsPerStep) * Float4.Count;
                return Quad(source, stride, isInQuads, k + step, end, at, elements);
            }
            else
            {
                int quadsPerElement = TSide.Threads / Float4.Count;
                int line = quad / quadsPerElement;
                int at = k + (quad - line * quadsPerElement) * Float4.Count;
                return Quad(source, stride, isInQuads, element + line, elements, at, end);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void StoreQuad(int quad, Float4 value, ArrayView<Float4> shared, int tile)
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
                int quadsPerElement = TSide.Threads / Float4.Count;
                int line = quad / quadsPerElement;
                int stepWidth = QuadsPerStep<TSide, TThread>() * Float4.Count;
                int at = tile * Float4.Count + (quad - line * quadsPerElement) * Float4.Count * stepWidth + line;
                floats[at] = value.X;
                floats[at + stepWidth] = value.Y;
                floats[at + 2 * stepWidth] = value.Z;
                floats[at + 3 * stepWidth] = value.W;
            }
        }
    }

    /// <summary>Four neighbours in memory, zeros where the operand ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Quad(
        ArrayView<float> source, int stride, int isInQuads, int row, int rows, int column, int columns)
    {
        long at = (long)row * stride + column;
        int count = row < rows ? columns - column : 0;
        return count >= Float4.Count && isInQuads != 0
            ? source.Cast<Float4>()[at >> 2]
            : Float4.LoadFirst(source, at, count);
    }
}
