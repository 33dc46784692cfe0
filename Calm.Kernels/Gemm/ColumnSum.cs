using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Sums over rows, y[c] (+)= sum over r of x[r, c]: the gradient of a bias.</summary>
internal static unsafe partial class ColumnSum
{
    /// <summary>Adds the rows on the host, in chunks whose partial sums are added in their order.</summary>
    /// <param name="host">Whose threads and workspace.</param>
    /// <param name="x">In, [rows, columns].</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="columns">Length of each.</param>
    /// <param name="target">Out, [columns].</param>
    /// <param name="accumulate">Whether to add to what <paramref name="target"/> holds.</param>
    public static void Run(HostDevice host, float* x, int rows, int columns, float* target, bool accumulate)
    {
        Chunks chunks = Chunks.Of(rows, columns);
        float* slots = host.Workspace((long)chunks.Count * columns);
        host.Team.Run(chunks.Count, new Job(x, columns, slots, chunks));
        SlotSum.Run(host, slots, chunks.Count, columns, target, accumulate);
    }

    private readonly struct Job(float* x, int columns, float* slots, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* slot = slots + (long)chunk * columns;
            new Span<float>(slot, columns).Clear();
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                Add<TLanes>(x + row * columns, slot, 0, whole);
                Add<Lanes1>(x + row * columns, slot, whole, columns);
            }
        }

        private static void Add<TLanes>(float* row, float* slot, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                (TLanes.Load(slot + c) + TLanes.Load(row + c)).Store(slot + c);
            }
        }
    }
}
