using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, over rows in chunks; the rows' losses are added in their order.</content>
public static unsafe partial class MeanSquaredError
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks chunks = Chunks.Of(x.Rows, 3L * x.Columns);
            host.Team.Run(chunks.Count, new ForwardJob(x.Pointer, target.Pointer, rows.Pointer, x.Columns, chunks));
            loss.Span[0] = MeanOf(rows);
        }
    }

    /// <summary>The mean of a vector, added in double.</summary>
    internal static float MeanOf(Tensor rows)
    {
        double sum = 0;
        foreach (float row in rows.Span)
        {
            sum += row;
        }

        return (float)(sum / rows.Count);
    }

    private readonly struct ForwardJob(float* x, float* target, float* rows, int columns, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = chunks.Start(chunk); row < chunks.End(chunk); row++)
            {
                float sum = Sum<TLanes>(row * columns, 0, whole) + Sum<Lanes1>(row * columns, whole, columns);
                rows[row] = sum / columns;
            }
        }

        private float Sum<TLanes>(long at, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes sum = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes difference = TLanes.Load(x + at + c) - TLanes.Load(target + at + c);
                sum = TLanes.MultiplyAdd(difference, difference, sum);
            }

            return TLanes.Sum(sum);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            Chunks chunks = Chunks.Of(x.Count, 3);
            host.Team.Run(chunks.Count, new BackwardJob(
                x.Pointer, target.Pointer, scale * dLoss.Span[0], dx.Tensor.Pointer, dx.Accumulate, chunks));
        }
    }

    private readonly struct BackwardJob(
        float* x, float* target, float factor, float* dx, bool accumulate, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long end = chunks.End(chunk);
            Spread<Lanes1>(Spread<TLanes>(chunks.Start(chunk), end), end);
        }

        private long Spread<TLanes>(long i, long end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes slope = TLanes.Broadcast(factor);
            for (; i <= end - TLanes.Count; i += TLanes.Count)
            {
                TLanes gradient = slope * (TLanes.Load(x + i) - TLanes.Load(target + i));
                (accumulate ? gradient + TLanes.Load(dx + i) : gradient).Store(dx + i);
            }

            return i;
        }
    }
}
