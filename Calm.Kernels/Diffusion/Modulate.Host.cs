using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, over positions in chunks.</content>
public static unsafe partial class Modulate
{
    private static void ForwardOnHost(HostDevice host, Tensor x, Tensor modulation, int first, int draws, Tensor y)
    {
        Chunks positions = Chunks.Of(modulation.Rows, 2L * draws * x.Columns);
        host.Team.Run(positions.Count, new ForwardJob(
            x.Pointer, modulation.Pointer + first, y.Pointer, x.Columns, modulation.Columns, draws, positions));
    }

    private readonly struct ForwardJob(
        float* x, float* modulation, float* y, int columns, int stride, int draws, Chunks positions) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = positions.Start(chunk) * draws; row < positions.End(chunk) * draws; row++)
            {
                float* shift = modulation + row / draws * stride;
                Row<TLanes>(x + row * columns, shift, y + row * columns, 0, whole);
                Row<Lanes1>(x + row * columns, shift, y + row * columns, whole, columns);
            }
        }

        private void Row<TLanes>(float* source, float* shift, float* target, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes one = TLanes.Broadcast(1);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes factor = one + TLanes.Load(shift + columns + c);
                TLanes.MultiplyAdd(TLanes.Load(source + c), factor, TLanes.Load(shift + c)).Store(target + c);
            }
        }
    }

    private static void BackwardOnHost(
        HostDevice host, Tensor x, Tensor modulation, int first, int draws, Tensor dy, GradientTarget? dx,
        Tensor? dModulation)
    {
        Chunks positions = Chunks.Of(modulation.Rows, 4L * draws * x.Columns);
        host.Team.Run(positions.Count, new BackwardJob(
            x.Pointer, modulation.Pointer + first, dy.Pointer, dx is { } target ? target.Tensor.Pointer : null,
            dx is { Accumulate: true }, dModulation is null ? null : dModulation.Pointer + first, x.Columns,
            modulation.Columns, draws, positions));
    }

    private readonly struct BackwardJob(
        float* x, float* modulation, float* dy, float* dx, bool accumulate, float* dModulation, int columns, int stride,
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
            TLanes one = TLanes.Broadcast(1);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes upstream = TLanes.Load(dy + row + c);
                if (dx is not null)
                {
                    TLanes gradient = upstream * (one + TLanes.Load(modulation + position + columns + c));
                    (accumulate ? gradient + TLanes.Load(dx + row + c) : gradient).Store(dx + row + c);
                }

                if (dModulation is not null)
                {
                    float* shift = dModulation + position + c;
                    (TLanes.Load(shift) + upstream).Store(shift);
                    TLanes.MultiplyAdd(upstream, TLanes.Load(x + row + c), TLanes.Load(shift + columns))
                        .Store(shift + columns);
                }
            }
        }
    }
}
