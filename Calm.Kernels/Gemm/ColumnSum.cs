using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Sums over rows, y[c] (+)= sum over r of x[r, c]: the gradient of a bias.</summary>
internal static unsafe partial class ColumnSum
{
    /// <summary>Adds the rows of x, in blocks whose partial sums are added in their order.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">In, [R, C].</param>
    /// <param name="target">Out, [C].</param>
    public static void Run(Tape tape, Tensor x, GradientTarget target) => tape.Device.Run(new Sum(tape, x, target));

    private readonly partial struct Sum(Tape tape, Tensor x, GradientTarget target) : IDeviceWork
    {
        public void Run(HostDevice host)
        {
            int columns = x.Columns;
            Chunks chunks = Chunks.Of(x.Rows, columns);
            float* slots = host.Workspace((long)chunks.Count * columns);
            host.Team.Run(chunks.Count, new Job(x.Pointer, columns, slots, chunks));
            SlotSum.Run(host, slots, chunks.Count, columns, target);
        }
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
