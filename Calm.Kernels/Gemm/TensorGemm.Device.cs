using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Number of warps of 64 x 64 along each side of a group's tile, as a compile-time constant.</summary>
internal interface IWarpGrid
{
    /// <summary>Warps along a side.</summary>
    static abstract int Side { get; }
}

/// <summary>128 x 128 by four warps.</summary>
internal readonly struct FourWarps : IWarpGrid
{
    public static int Side => 2;
}

/// <summary>64 x 64 by one warp, for the emulator.</summary>
internal readonly struct OneWarp : IWarpGrid
{
    public static int Side => 1;
}

/// <summary>
/// Products on tensor cores: operands rounded to bfloat16, exact products, sums in float32. Both operands are packed first;
/// then each warp sums 64 x 64 elements of C, from stages of 32 steps of depth that are on their way to shared memory while
/// earlier ones are multiplied.
/// </summary>
internal static class TensorGemm
{
    /// <summary>Rows of A, or columns of B, that a group multiplies: operands are filled up to them.</summary>
    public const int GroupRows = 128;

    /// <summary>Steps of depth of a stage: operands are filled up to them.</summary>
    public const int StepsPerStage = 32;

    /// <summary>Words of a row of a stage.</summary>
    public const int WordsPerRow = StepsPerStage / 2;

    /// <summary>Chunks of 16 bytes of a row of a stage.</summary>
    public const int ChunksPerRow = WordsPerRow / WordsPerChunk;

    private const int WarpRows = 64;
    private const int WordsPerChunk = 4;
    private const int Stages = 3;

    // Groups that fill a large GPU: with fewer, depth is cut too.
    private const int EnoughGroups = 128;

    // A slice of the depth is at least this long.
    private const int FewestStagesPerSlice = 8;

    // Slots of slices take at most this many floats, 256 MB.
    private const long MostSlotFloats = 1 << 26;

    /// <summary>Computes the product.</summary>
    public static void Multiply(IlgpuDevice gpu, in DeviceProduct product)
    {
        if (gpu.HasSmallGroups)
        {
            Multiply<OneWarp>(gpu, product);
        }
        else
        {
            Multiply<FourWarps>(gpu, product);
        }
    }

    private static void Multiply<TWarps>(IlgpuDevice gpu, in DeviceProduct product) where TWarps : struct, IWarpGrid
    {
        var (rows, columns, depth) = (product.Rows, product.Columns, product.Depth);
        int width = TWarps.Side * WarpRows;
        Index2D tiles = new((columns + width - 1) / width, (rows + width - 1) / width);
        int stages = (Math.Max(1, depth) + StepsPerStage - 1) / StepsPerStage;
        int stagesPerSlice = StagesPerSlice(tiles.Size, stages, product.Count);
        int slices = (stages + stagesPerSlice - 1) / stagesPerSlice;
        if (product.C.IsBFloat16 && (slices > 1 || !BFloat16Target.Fits(product)))
        {
            DeviceProduct sums = product.InFloats(gpu);
            Multiply<TWarps>(gpu, sums);
            product.Round(gpu, sums);
            return;
        }

        // One block of memory serves the launches: slots first, then the operands at multiples of 256 bytes.
        long slotFloats = slices > 1 ? Aligned(product.Count * slices) : 0;
        DeviceMatrix bRows = product.B with { Transposed = !product.B.Transposed };
        TensorOperand? packedLeft = TensorPacking.Find(product.A, rows, depth);
        TensorOperand? packedRight = TensorPacking.Find(bRows, columns, depth);
        long aWords = packedLeft is null ? Aligned(TensorPacking.WordsFor(rows, depth)) : 0;
        long bWords = packedRight is null ? TensorPacking.WordsFor(columns, depth) : 0;
        ArrayView<float> workspace = gpu.Workspace(slotFloats + aWords + bWords);
        ArrayView<uint> words = workspace.Cast<uint>();
        TensorOperand left = packedLeft
            ?? TensorPacking.Run(gpu, product.A, rows, depth, words.SubView(slotFloats, aWords));
        TensorOperand right = packedRight
            ?? TensorPacking.Run(gpu, bRows, columns, depth, words.SubView(slotFloats + aWords, bWords));

        KernelConfig config = new(
            new Index3D(tiles, slices), new Index3D(TWarps.Side * TWarps.Side * TensorCore.WarpSize, 1, 1));
        TensorSlices cut = new(left.WordsPerRow, stages, stagesPerSlice);
        if (slices > 1)
        {
            ArrayView<float> slots = workspace.SubView(0, slotFloats);
            Launch<TWarps, FloatTarget>(gpu, config, left, right, product.Into(slots), new FloatTarget(slots), cut);
            ProductSlots.Of(product).Sum(gpu, slots, product, slices);
        }
        else if (product.C.IsBFloat16)
        {
            Launch<TWarps, BFloat16Target>(gpu, config, left, right, product, new BFloat16Target(product.C.Halves), cut);
        }
        else
        {
            Launch<TWarps, FloatTarget>(gpu, config, left, right, product, new FloatTarget(product.C.Elements), cut);
        }
    }

    private static void Launch<TWarps, TTarget>(
        IlgpuDevice gpu, KernelConfig config, TensorOperand left, TensorOperand right, in DeviceProduct product,
        TTarget target, TensorSlices slices)
        where TWarps : struct, IWarpGrid where TTarget : struct, IProductTarget => gpu.Launch(
        config, new TensorTilesKernel<TWarps, TTarget>(
            left.Words, right.Words, target, product.Bias, product.Addend, product.Sizes, slices));

    private static int StagesPerSlice(int tiles, int stages, long elements)
    {
        int slices = Math.Min(EnoughGroups / Math.Max(1, tiles), stages / FewestStagesPerSlice);
        slices = (int)Math.Min(slices, MostSlotFloats / elements);
        return slices <= 1 ? stages : (stages + slices - 1) / slices;
    }

    private static long Aligned(long words) => (words + 63) / 64 * 64;

    /// <summary>c[i, j] (+)= sum over k of a[i, k] b[j, k] + bias[j] + addend[i / repeat, j].</summary>
    /// <param name="a">In, packed rows: <see cref="TensorPacking"/>.</param>
    /// <param name="b">In, packed columns.</param>
    /// <param name="c">In and out, M by N; or out, [slices, M, N], where the grid has a layer for each slice of depth.</param>
    /// <param name="bias">In, [N], if there is one.</param>
    /// <param name="addend">In, [M / repeat, N], if there is one.</param>
    /// <param name="sizes">Sizes and what to add.</param>
    /// <param name="slices">The slices of the depth.</param>
    /// <remarks>
    /// Launch: [N / 128, M / 128, slices] groups of four warps. Shared memory: 48 KB, three stages. Bound by tensor cores.
    /// Numerics: exact products of bfloat16, float32 sums in the order of the hardware within 16 steps and of depth beyond.
    /// Source: mma.sync.m16n8k16 and ldmatrix of the PTX ISA. Layout of a stage: <see cref="TensorStages{TWarps}"/>.
    /// </remarks>
    internal readonly struct TensorTilesKernel<TWarps, TTarget>(
        ArrayView<uint> a, ArrayView<uint> b, TTarget c, ArrayView<float> bias, ArrayView<float> addend, ProductSizes sizes,
        TensorSlices slices) : IKernel
        where TWarps : struct, IWarpGrid where TTarget : struct, IProductTarget
    {
        public void Run()
        {
            int operandWords = TWarps.Side * WarpRows * WordsPerRow;
            int stageWords = 2 * operandWords;
            ArrayView<uint> shared = SharedMemory.Allocate<uint>(Stages * 2 * TWarps.Side * WarpRows * WordsPerRow);
            int lane = Group.IdxX & (TensorCore.WarpSize - 1);
            int warp = Group.IdxX / TensorCore.WarpSize;
            int warpRow = warp / TWarps.Side * WarpRows;
            int warpColumn = (warp & (TWarps.Side - 1)) * WarpRows;
            int row = Grid.IdxY * TWarps.Side * WarpRows;
            int column = Grid.IdxX * TWarps.Side * WarpRows;
            int stage = Grid.IdxZ * slices.StagesPerSlice;
            int end = IntrinsicMath.Min(slices.Stages, stage + slices.StagesPerSlice);

            // Words of a stage that this thread addresses for its first sixteen rows of A and columns of B, in the first half
            // of its depth; those of the second are two chunks from there.
            int aRow = warpRow + (lane & 15);
            int bRow = warpColumn + (lane & 7) + lane / 16 * 8;
            int aSwizzle = (lane / 2) & 3;
            int bSwizzle = (lane & 7) / 2;
            int aAt = aRow * WordsPerRow + ((lane / 16) ^ aSwizzle) * WordsPerChunk;
            int bAt = operandWords + bRow * WordsPerRow + ((lane / 8 & 1) ^ bSwizzle) * WordsPerChunk;

            TensorStages<TWarps> left = new(a, row, slices.WordsPerRow, stage, 0);
            TensorStages<TWarps> right = new(b, column, slices.WordsPerRow, stage, operandWords);
            left.Fetch(shared);
            right.Fetch(shared);
            TensorCore.CommitCopies();
            left.Move(stageWords);
            right.Move(stageWords);
            if (stage + 1 < end)
            {
                left.Fetch(shared);
                right.Fetch(shared);
            }

            TensorCore.CommitCopies();
            left.Move(stageWords);
            right.Move(stageWords);

            // Every place is carried from stage to stage: what follows from the thread's index is computed anew in each.
            TensorTile sums = default;
            for (int place = 0; stage < end; stage++)
            {
                TensorCore.WaitForAllButOne();
                KernelGroup.Barrier();
                if (stage + 2 < end)
                {
                    left.Fetch(shared);
                    right.Fetch(shared);
                }

                TensorCore.CommitCopies();
                sums.AddProducts(shared, aAt, bAt, 16 * WordsPerRow);
                sums.AddProducts(shared, aAt ^ (2 * WordsPerChunk), bAt ^ (2 * WordsPerChunk), 16 * WordsPerRow);
                int write = place == 0 ? -(Stages - 1) * stageWords : stageWords;
                left.Move(write);
                right.Move(write);
                int read = place == Stages - 1 ? -(Stages - 1) * stageWords : stageWords;
                aAt += read;
                bAt += read;
                place = place == Stages - 1 ? 0 : place + 1;
            }

            TensorCore.WaitForAll();
            long layer = (long)Grid.IdxZ * sizes.Rows * sizes.Columns;
            sums.Write(
                new TensorTarget(
                    shared, warp * TensorTarget.Words, lane, row + warpRow, column + warpColumn, sizes, layer, bias, addend),
                c);
        }
    }
}

/// <summary>Slices of the depth of a product.</summary>
/// <param name="WordsPerRow">Words of a row of the packed operands.</param>
/// <param name="Stages">Number of stages of the depth.</param>
/// <param name="StagesPerSlice">Number of them that a group multiplies.</param>
internal readonly record struct TensorSlices(int WordsPerRow, int Stages, int StagesPerSlice);
