using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over rows in chunks; two running registers hide the latency of an addition.</content>
internal readonly unsafe partial struct RowSum<TFormula>
{
    // Simple operations an element.
    private const int WorkPerElement = 4;

    public void Run(HostDevice host)
    {
        Chunks chunks = Chunks.Of(rows, (long)WorkPerElement * columns);
        host.Team.Run(chunks.Count, new Job(
            formula, new HostElements(x, x.A, x.A), y.Tensor.Pointer, y.Accumulate, columns, count, chunks));
    }

    private readonly struct Job(
        TFormula formula, HostElements x, float* y, bool accumulate, long columns, long count, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float sum = Sum<TLanes>(x.Row(row), Math.Min(columns, count - row * columns));
                y[row] = accumulate ? y[row] + sum : sum;
            }
        }

        private float Sum<TLanes>(in HostElements place, long end) where TLanes : unmanaged, ILanes<TLanes>
        {
            HostElements row = place;
            TLanes even = TLanes.Broadcast(0);
            TLanes odd = even;
            long c = 0;
            for (; c <= end - 2 * TLanes.Count; c += 2 * TLanes.Count)
            {
                even += row.At<TFormula, ForwardPass, TLanes>(formula, c);
                odd += row.At<TFormula, ForwardPass, TLanes>(formula, c + TLanes.Count);
            }

            for (; c <= end - TLanes.Count; c += TLanes.Count)
            {
                even += row.At<TFormula, ForwardPass, TLanes>(formula, c);
            }

            float sum = TLanes.Sum(even + odd);
            for (; c < end; c++)
            {
                sum += Lanes1.Sum(row.At<TFormula, ForwardPass, Lanes1>(formula, c));
            }

            return sum;
        }
    }
}
