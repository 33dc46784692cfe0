using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// An operand of a product on tensor cores: a row for each row of A or column of B, its steps of depth one after the other
/// as bfloat16, two a word. Rows and steps are filled up with zeros, so that the product has no edges.
/// </summary>
/// <param name="Words">[rows, words a row].</param>
/// <param name="WordsPerRow">Half the steps of depth, filled up.</param>
internal readonly record struct TensorOperand(ArrayView<uint> Words, int WordsPerRow);

/// <summary>Rounds operands to bfloat16 and lays them out for tensor cores.</summary>
internal static class TensorPacking
{
    // A tile that is turned: this many rows and steps.
    private const int Tile = 64;

    /// <summary>Memory for a packed operand, in words.</summary>
    public static long WordsFor(int rows, int depth) =>
        (long)Filled(rows, TensorGemm.GroupRows) * (Filled(depth, TensorGemm.StepsPerStage) / 2);

    /// <summary>The packed form of a weight as B that a step keeps; empty if it keeps none.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="tape">The step.</param>
    /// <param name="weight">B, K by N.</param>
    /// <param name="rows">M.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">K.</param>
    public static ArrayView<uint> Keep(IlgpuDevice gpu, Tape tape, MatrixOperand weight, int rows, int columns, int depth)
    {
        if (tape.PackedWeights is not { } kept || !DeviceGemm.UsesTensorCores(gpu, rows, weight.Transposed))
        {
            return default;
        }

        DeviceMatrix source = DeviceMatrix.Of(weight with { Transposed = !weight.Transposed });
        Tensor? form = kept.Of(
            weight.Tensor, WordsFor(columns, depth), weight.Transposed ? "weights" : "turned weights",
            (_, words) => Run(gpu, source, columns, depth, words.View().Cast<uint>()), weight.FirstColumn);
        return form is null ? default : form.View().Cast<uint>();
    }

    /// <summary>An operand that is packed already, by the step or as it lies in memory; null if it is not.</summary>
    public static TensorOperand? Find(DeviceMatrix source, int rows, int depth)
    {
        if (source.Packed.IsValid)
        {
            return new TensorOperand(source.Packed, Filled(depth, TensorGemm.StepsPerStage) / 2);
        }

        bool isPacked = source is { IsBFloat16: true, Transposed: false } && source.Stride == depth
            && rows % TensorGemm.GroupRows == 0 && depth % TensorGemm.StepsPerStage == 0;
        return isPacked ? new TensorOperand(source.Halves.Cast<uint>(), depth / 2) : null;
    }

    /// <summary>Packs an operand.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="source">Element (row, step): A as it is, B with its columns as rows.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of steps.</param>
    /// <param name="words">Out, <see cref="WordsFor"/>.</param>
    public static TensorOperand Run(IlgpuDevice gpu, DeviceMatrix source, int rows, int depth, ArrayView<uint> words) =>
        source.IsBFloat16
            ? Run(gpu, source, new BFloat16Elements(source.Halves), rows, depth, words)
            : Run(gpu, source, new FloatElements(source.Elements), rows, depth, words);

    private static TensorOperand Run<TElements>(
        IlgpuDevice gpu, DeviceMatrix source, TElements elements, int rows, int depth, ArrayView<uint> words)
        where TElements : struct, IElements<TElements>
    {
        int filledRows = Filled(rows, TensorGemm.GroupRows);
        int wordsPerRow = Filled(depth, TensorGemm.StepsPerStage) / 2;
        if (source.Transposed)
        {
            gpu.LaunchGroups(
                new Index3D((2 * wordsPerRow + Tile - 1) / Tile, (filledRows + Tile - 1) / Tile, 1),
                new TurnKernel<TElements>(elements, words, source.Stride, rows, depth, filledRows, wordsPerRow));
        }
        else
        {
            gpu.LaunchMatrix(
                filledRows, wordsPerRow,
                new CopyKernel<TElements>(elements, words, source.Stride, rows, depth, filledRows, wordsPerRow));
        }

        return new TensorOperand(words, wordsPerRow);
    }

    private static int Filled(int count, int tile) => Math.Max(1, (count + tile - 1) / tile) * tile;

    /// <summary>words[row, w] = source[row, 2 w] and source[row, 2 w + 1], rounded; zeros beyond the last.</summary>
    /// <param name="source">In, rows of steps.</param>
    /// <param name="words">Out, [filled rows, words a row].</param>
    /// <param name="stride">Distance between the rows.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="depth">Steps there are.</param>
    /// <param name="filledRows">Rows to write.</param>
    /// <param name="wordsPerRow">Words to write of each.</param>
    /// <remarks>Launch: one thread a word. Bound by bandwidth: reads 4 bytes an element, writes 2.</remarks>
    internal readonly struct CopyKernel<TElements>(
        TElements source, ArrayView<uint> words, int stride, int rows, int depth, int filledRows, int wordsPerRow)
        : IKernel
        where TElements : struct, IElements<TElements>
    {
        public void Run()
        {
            MatrixPlace place = new(filledRows, wordsPerRow);
            if (place.IsInside)
            {
                int step = 2 * place.Column;
                long at = (long)place.Row * stride + step;
                int present = place.Row < rows ? depth - step : 0;
                words[(long)place.Row * wordsPerRow + place.Column] =
                    TensorCore.Pack(present > 0 ? source.Load(at) : 0, present > 1 ? source.Load(at + 1) : 0);
            }
        }
    }

    /// <summary>words[row, w] = source[2 w, row] and source[2 w + 1, row], rounded; zeros beyond the last.</summary>
    /// <param name="source">In, steps of rows.</param>
    /// <param name="words">Out, [filled rows, words a row].</param>
    /// <param name="stride">Distance between the steps.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="depth">Steps there are.</param>
    /// <param name="filledRows">Rows to write.</param>
    /// <param name="wordsPerRow">Words to write of each.</param>
    /// <remarks>
    /// Launch: [steps / 64, rows / 64] groups, which turn a tile in shared memory (17 KB) so that both sides are read and
    /// written in order; steps may be more than a grid has in its second direction. Bound by bandwidth, as
    /// <see cref="CopyKernel{TElements}"/>.
    /// </remarks>
    internal readonly struct TurnKernel<TElements>(
        TElements source, ArrayView<uint> words, int stride, int rows, int depth, int filledRows, int wordsPerRow)
        : IGroupKernel
        where TElements : struct, IElements<TElements>
    {
        public void Run<TGroup>() where TGroup : struct, IGroupSize
        {
            const int line = Tile + 1; // one more, so that a column is spread over the banks
            ArrayView<float> tile = SharedMemory.Allocate<float>(Tile * line);
            int firstRow = Grid.IdxY * Tile;
            int firstStep = Grid.IdxX * Tile;
            for (int i = Group.IdxX; i < Tile * Tile; i += TGroup.Size)
            {
                int step = i / Tile;
                int row = i & (Tile - 1);
                bool exists = firstStep + step < depth && firstRow + row < rows;
                tile[step * line + row] = exists ? source.Load((long)(firstStep + step) * stride + firstRow + row) : 0;
            }

            KernelGroup.Barrier();
            for (int i = Group.IdxX; i < Tile * Tile / 2; i += TGroup.Size)
            {
                int row = i / (Tile / 2);
                int pair = i & (Tile / 2 - 1);
                int word = firstStep / 2 + pair;
                if (firstRow + row < filledRows && word < wordsPerRow)
                {
                    words[(long)(firstRow + row) * wordsPerRow + word] =
                        TensorCore.Pack(tile[2 * pair * line + row], tile[(2 * pair + 1) * line + row]);
                }
            }
        }
    }
}
