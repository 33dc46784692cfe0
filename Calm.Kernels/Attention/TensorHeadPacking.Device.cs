using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Rounds heads to bfloat16 and stores each contiguously, [batch, heads, filled rows, size / 2] words of two components. Tiles
/// read half as many bytes then, and copy them to shared memory without passing through registers.
/// </summary>
/// <param name="Heads">Heads of a position.</param>
/// <param name="HeadSize">Components of a head; zeros behind them.</param>
/// <param name="Rows">Rows that are read; zeros behind them.</param>
/// <param name="FilledRows">Rows that are written.</param>
/// <param name="RowWords">Words of each.</param>
internal readonly record struct TensorHeadPacking(int Heads, int HeadSize, int Rows, int FilledRows, int RowWords)
{
    /// <summary>Rows are filled up to a multiple of it, so that tiles have no edges.</summary>
    public const int RowMultiple = 64;

    /// <summary>The least multiple of <see cref="RowMultiple"/> that covers the rows.</summary>
    public static int Filled(int rows) => (rows + RowMultiple - 1) / RowMultiple * RowMultiple;

    /// <summary>Words of an operand.</summary>
    public long WordsFor(int batch) => (long)batch * Heads * FilledRows * RowWords;

    /// <summary>Packs an operand.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="source">The heads.</param>
    /// <param name="words">Out, <see cref="WordsFor"/>.</param>
    public void Run(IlgpuDevice gpu, Heads source, ArrayView<uint> words) =>
        gpu.RunFor(source.Values.ElementType, new Work(this, source, words));

    private readonly struct Work(TensorHeadPacking packing, Heads source, ArrayView<uint> words) : IElementsWork
    {
        public void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements> => gpu.LaunchItems(
            words.Length, new PackHeadsKernel<TElements>(
                TElements.Of(source.Values), source.FirstColumn, new HeadLayout(source.Values, packing.HeadSize), words,
                packing));
    }

    /// <summary>words[b, h, i, w] = source[b, i, h, 2 w] and source[b, i, h, 2 w + 1], rounded; zeros beyond the last.</summary>
    /// <param name="source">In, [B, T, columns].</param>
    /// <param name="first">First component of head 0.</param>
    /// <param name="layout">The places of heads from there on.</param>
    /// <param name="words">Out, [B, heads, filled rows, words of a row].</param>
    /// <param name="packing">The sizes.</param>
    /// <remarks>Launch: one thread a word, any group size. Bound by bandwidth: reads 4 bytes a component, writes 2.</remarks>
    internal readonly struct PackHeadsKernel<TElements>(
        TElements source, int first, HeadLayout layout, ArrayView<uint> words, TensorHeadPacking packing) : IKernel
        where TElements : struct, IElements<TElements>
    {
        public void Run()
        {
            int item = Grid.GlobalIndex.X;
            if (item < words.IntLength)
            {
                int component = 2 * (item % packing.RowWords);
                int row = item / packing.RowWords % packing.FilledRows;
                int place = item / packing.RowWords / packing.FilledRows;
                long at = first + layout.At(place / packing.Heads, row, place % packing.Heads) + component;
                int present = row < packing.Rows ? packing.HeadSize - component : 0;
                words[item] = TensorCore.Pack(
                    present > 0 ? source.Load(at) : 0, present > 1 ? source.Load(at + 1) : 0);
            }
        }
    }
}
