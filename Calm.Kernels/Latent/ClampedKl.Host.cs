using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, over rows in chunks; the rows' sums are added in their order.</content>
public static unsafe partial class ClampedKl
{
    // Simple operations an element, most of them for the exponential.
    private const int WorkPerElement = 4;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(mean.Rows, WorkPerElement * mean.Columns);
            host.Team.Run(rows.Count, new ForwardJob(
                mean.Pointer, logStd.Pointer, floor, sums.Pointer, mean.Columns, rows));
            double sum = 0;
            foreach (float row in sums.Span)
            {
                sum += row;
            }

            loss.Span[0] = (float)(scale * sum / mean.Rows);
        }
    }

    private readonly struct ForwardJob(
        float* mean, float* logStd, float floor, float* sums, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                sums[row] = Sum<TLanes>(row * columns, 0, whole) + Sum<Lanes1>(row * columns, whole, columns);
            }
        }

        private float Sum<TLanes>(long at, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes least = TLanes.Broadcast(floor);
            TLanes sum = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes s = TLanes.Load(logStd + at + c);
                TLanes divergence = Divergence(TLanes.Load(mean + at + c), s, LaneMath.Exp(s + s));
                sum += TLanes.Max(least, divergence); // in this order a NaN comes through
            }

            return TLanes.Sum(sum);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(mean.Rows, WorkPerElement * mean.Columns);
            host.Team.Run(rows.Count, new BackwardJob(
                mean.Pointer, logStd.Pointer, floor, dLoss.Span[0] * scale / mean.Rows,
                dMean is { } forMean ? forMean.Tensor.Pointer : null, dMean is { Accumulate: true },
                dLogStd is { } forStd ? forStd.Tensor.Pointer : null, dLogStd is { Accumulate: true }, mean.Columns, rows));
        }
    }

    private readonly struct BackwardJob(
        float* mean, float* logStd, float floor, float factor, float* dMean, bool addsToMean, float* dLogStd,
        bool addsToLogStd, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long start = rows.Start(chunk) * columns;
            long end = rows.End(chunk) * columns;
            long whole = end - (end - start) % TLanes.Count;
            Spread<TLanes>(start, whole);
            Spread<Lanes1>(whole, end);
        }

        private void Spread<TLanes>(long start, long end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes zero = TLanes.Broadcast(0);
            TLanes least = TLanes.Broadcast(floor);
            TLanes slope = TLanes.Broadcast(factor);
            for (long i = start; i < end; i += TLanes.Count)
            {
                TLanes m = TLanes.Load(mean + i);
                TLanes s = TLanes.Load(logStd + i);
                TLanes variance = LaneMath.Exp(s + s);
                TLanes g = TLanes.Select(TLanes.GreaterThan(least, Divergence(m, s, variance)), zero, slope);
                if (dMean is not null)
                {
                    TLanes gradient = g * m;
                    (addsToMean ? gradient + TLanes.Load(dMean + i) : gradient).Store(dMean + i);
                }

                if (dLogStd is not null)
                {
                    TLanes gradient = g * (variance - TLanes.Broadcast(1));
                    (addsToLogStd ? gradient + TLanes.Load(dLogStd + i) : gradient).Store(dLogStd + i);
                }
            }
        }
    }
}
