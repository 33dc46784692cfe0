using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Copies an operand into panels. The layout of the source decides the order: memory is read along its rows, since a
/// column of it touches a new page at every step.
/// </summary>
/// <param name="Data">First element of the block.</param>
/// <param name="Stride">Distance between the rows in memory.</param>
/// <param name="Contiguous">Whether a row in memory is one step of depth, or else one element of every step.</param>
/// <param name="Precision">Whether panels hold the elements themselves or their nearest bfloat16.</param>
internal readonly unsafe record struct Packing(nint Data, long Stride, bool Contiguous, Precision Precision)
{
    private const int FloatsPerChunk = 1 << 14;

    /// <summary>A's block from step <paramref name="k"/> on.</summary>
    public static Packing OfA(HostMatrix a, long k, Precision precision) =>
        new((nint)a.At(0, k), a.Stride, a.Transposed, precision);

    /// <summary>B's block from step <paramref name="k"/> and column <paramref name="column"/> on.</summary>
    public static Packing OfB(HostMatrix b, long k, long column, Precision precision) =>
        new((nint)b.At(k, column), b.Stride, !b.Transposed, precision);

    /// <summary>The same operand from a later step of depth, and a later row of A or column of B, on.</summary>
    public Packing From(int step, int element = 0) => this with
    {
        Data = Data + sizeof(float) * (nint)(Contiguous ? step * Stride + element : element * Stride + step),
    };

    /// <summary>
    /// Number of rows of an A, from the first on, that are best read where they lie. Steps 2 KB apart, and rows 4 KB apart, or a
    /// multiple of that, would all fall into a few sets of the first cache: README.md of this folder.
    /// </summary>
    public int RowsInPlace(int rows, int panelRows)
    {
        if (Precision != Precision.Float32)
        {
            return 0;
        }

        return Contiguous
            ? Stride % 512 != 0 ? rows : 0
            : Stride % 1024 != 0 && panelRows == MicroKernel.RowsInPlace ? rows - rows % panelRows : 0;
    }

    /// <summary>Number of units that are packed one after the other: steps where these are contiguous, else panels.</summary>
    public int Items(PackedOperand target) => Contiguous ? target.Depth : target.Count;

    /// <summary>Chunks of the work of packing.</summary>
    public Chunks ChunksOf(PackedOperand target)
    {
        int items = Items(target);
        long floats = (long)target.Count * target.Width * target.Depth;
        return new Chunks(items, (int)Math.Min(items, (floats + FloatsPerChunk - 1) / FloatsPerChunk));
    }

    /// <summary>Packs steps or panels <paramref name="start"/> to <paramref name="end"/>.</summary>
    public void Run<TLanes>(PackedOperand target, long start, long end) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (!Contiguous)
        {
            for (long panel = start; panel < end; panel++)
            {
                Transpose<TLanes>(target, (int)panel);
                Round(target.Panel((int)panel), (long)target.Width * target.Depth);
            }
        }
        else if (target.Width >= TLanes.Count)
        {
            CopySteps<TLanes>(target, start, end);
        }
        else
        {
            CopySteps<Lanes128>(target, start, end);
        }
    }

    private void CopySteps<TLanes>(PackedOperand target, long start, long end)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int whole = target.Size / target.Width;
        int last = target.Width - TLanes.Count;
        for (long k = start; k < end; k++)
        {
            float* source = (float*)Data + k * Stride;
            float* step = target.Panel(0) + k * target.Width;
            for (int panel = 0; panel < whole; panel++, source += target.Width, step += target.Stride)
            {
                for (int i = 0; i < last; i += TLanes.Count)
                {
                    TLanes.Load(source + i).Store(step + i);
                }

                // Overlaps the one before it where the width is no multiple.
                TLanes.Load(source + last).Store(step + last);
            }

            if (whole < target.Count)
            {
                int present = target.Present(whole);
                new Span<float>(source, present).CopyTo(new Span<float>(step, present));
                new Span<float>(step + present, target.Width - present).Clear();
            }

            for (int panel = 0; Precision == Precision.BFloat16 && panel < target.Count; panel++)
            {
                Round(target.Panel(panel) + k * target.Width, target.Width);
            }
        }
    }

    private void Transpose<TLanes>(PackedOperand target, int panel) where TLanes : unmanaged, ILanes<TLanes>
    {
        float* source = (float*)Data + (long)panel * target.Width * Stride;
        Strip.Transposing<TLanes>(
            source, Stride, target.Present(panel), target.Depth, target.Panel(panel), target.Width);
    }

    /// <summary>Rounds what has just been packed, while it is in the first cache.</summary>
    private void Round(float* values, long count)
    {
        if (Precision == Precision.BFloat16)
        {
            BFloat16.Round(new Span<float>(values, (int)count));
        }
    }
}
