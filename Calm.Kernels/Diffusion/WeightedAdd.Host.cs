using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over rows in chunks.</content>
public static unsafe partial class WeightedAdd
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(x.Rows, 2L * x.Columns);
            host.Team.Run(rows.Count, new Job(x.Pointer, y.Pointer, weights.Pointer, _stride, z.Pointer, x.Columns, rows));
        }
    }

    private readonly struct Job(float* x, float* y, float* weights, int stride, float* z, int columns, Chunks rows)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                Add<TLanes>(row * columns, weights + row * stride, 0, whole);
                Add<Lanes1>(row * columns, weights + row * stride, whole, columns);
            }
        }

        private void Add<TLanes>(long at, float* weight, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes first = TLanes.Broadcast(weight[0]);
            TLanes second = TLanes.Broadcast(weight[1]);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes.MultiplyAdd(first, TLanes.Load(x + at + c), second * TLanes.Load(y + at + c)).Store(z + at + c);
            }
        }
    }
}
