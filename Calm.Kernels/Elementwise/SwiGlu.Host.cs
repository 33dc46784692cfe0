using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, one pass each way.</content>
public static unsafe partial class SwiGlu
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(y.Rows, 8 * y.Columns);
            host.Team.Run(rows.Count, new ForwardJob(gateUp.Pointer, y.Pointer, y.Columns, rows));
            RoundingCopy.InPlace(host, y);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(dy.Rows, 12 * dy.Columns);
            host.Team.Run(rows.Count, new BackwardJob(
                gateUp.Pointer, dy.Pointer, dGateUp.Tensor.Pointer, dGateUp.Accumulate, dy.Columns, rows));
        }
    }

    private readonly struct ForwardJob(float* gateUp, float* y, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                Multiply<TLanes>(row, 0, whole);
                Multiply<Lanes1>(row, whole, columns);
            }
        }

        private void Multiply<TLanes>(long row, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* gate = gateUp + row * 2 * columns;
            float* up = gate + columns;
            float* target = y + row * columns;
            for (int c = start; c < end; c += TLanes.Count)
            {
                (default(Silu.Function).Value(TLanes.Load(gate + c)) * TLanes.Load(up + c)).Store(target + c);
            }
        }
    }

    private readonly struct BackwardJob(
        float* gateUp, float* dy, float* dGateUp, bool accumulate, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                Spread<TLanes>(row, 0, whole);
                Spread<Lanes1>(row, whole, columns);
            }
        }

        private void Spread<TLanes>(long row, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* gate = gateUp + row * 2 * columns;
            float* up = gate + columns;
            float* dGate = dGateUp + row * 2 * columns;
            float* dUp = dGate + columns;
            float* upstream = dy + row * columns;
            TLanes one = TLanes.Broadcast(1f);
            for (int c = start; c < end; c += TLanes.Count)
            {
                // One sigmoid serves silu and its derivative.
                TLanes x = TLanes.Load(gate + c);
                TLanes g = TLanes.Load(upstream + c);
                TLanes s = LaneMath.Sigmoid(x);
                TLanes silu = x * s;
                TLanes gateGradient = g * TLanes.Load(up + c) * TLanes.MultiplyAdd(silu, one - s, s);
                TLanes upGradient = g * silu;
                if (accumulate)
                {
                    gateGradient += TLanes.Load(dGate + c);
                    upGradient += TLanes.Load(dUp + c);
                }

                gateGradient.Store(dGate + c);
                upGradient.Store(dUp + c);
            }
        }
    }
}
