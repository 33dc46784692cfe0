using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, over positions in chunks.</content>
public static unsafe partial class GatedResidual
{
    private static void ForwardOnHost(
        HostDevice host, Tensor x, Tensor branch, Tensor modulation, int first, int draws, Tensor y)
    {
        Chunks positions = Chunks.Of(modulation.Rows, 2L * draws * x.Columns);
        host.Team.Run(positions.Count, new ForwardJob(
            x.Pointer, branch.Pointer, modulation.Pointer + first, y.Pointer, x.Columns, modulation.Columns, draws,
            positions));
    }

    private readonly struct ForwardJob(
        float* x, float* branch, float* gates, float* y, int columns, int stride, int draws, Chunks positions) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = positions.Start(chunk) * draws; row < positions.End(chunk) * draws; row++)
            {
                float* gate = gates + row / draws * stride;
                Row<TLanes>(row * columns, gate, 0, whole);
                Row<Lanes1>(row * columns, gate, whole, columns);
            }
        }

        private void Row<TLanes>(long row, float* gate, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes.MultiplyAdd(TLanes.Load(gate + c), TLanes.Load(branch + row + c), TLanes.Load(x + row + c))
                    .Store(y + row + c);
            }
        }
    }

    private static void BackwardOnHost(
        HostDevice host, Tensor branch, Tensor modulation, int first, int draws, Tensor dy, GradientTarget? dBranch,
        Tensor? dModulation)
    {
        Chunks positions = Chunks.Of(modulation.Rows, 3L * draws * branch.Columns);
        host.Team.Run(positions.Count, new BackwardJob(
            branch.Pointer, modulation.Pointer + first, dy.Pointer, dBranch is { } target ? target.Tensor.Pointer : null,
            dBranch is { Accumulate: true }, dModulation is null ? null : dModulation.Pointer + first, branch.Columns,
            modulation.Columns, draws, positions));
    }

    private readonly struct BackwardJob(
        float* branch, float* gates, float* dy, float* dBranch, bool accumulate, float* dGates, int columns, int stride,
        int draws, Chunks positions) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = positions.Start(chunk) * draws; row < positions.End(chunk) * draws; row++)
            {
                long position = row / draws * stride;
                Row<TLanes>(row * columns, position, 0, whole);
                Row<Lanes1>(row * columns, position, whole, columns);
            }
        }

        private void Row<TLanes>(long row, long position, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes upstream = TLanes.Load(dy + row + c);
                if (dBranch is not null)
                {
                    TLanes gradient = upstream * TLanes.Load(gates + position + c);
                    float* target = dBranch + row + c;
                    (accumulate ? gradient + TLanes.Load(target) : gradient).Store(target);
                }

                if (dGates is not null)
                {
                    float* gate = dGates + position + c;
                    TLanes.MultiplyAdd(upstream, TLanes.Load(branch + row + c), TLanes.Load(gate)).Store(gate);
                }
            }
        }
    }
}
