using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, over positions in chunks.</content>
internal static unsafe partial class Modulation
{
    internal readonly partial struct Forward<TForm>
    {
        public void Run(HostDevice host)
        {
            Chunks positions = Chunks.Of(modulation.Rows, 2L * draws * x.Columns);
            host.Team.Run(positions.Count, new ForwardJob<TForm>(
                x.Pointer, modulation.Pointer + first, addend is null ? null : addend.Pointer, y.Pointer, x.Columns,
                modulation.Columns, draws, positions));
        }
    }

    private readonly struct ForwardJob<TForm>(
        float* x, float* modulation, float* addend, float* y, int columns, int stride, int draws, Chunks positions)
        : IChunkJob where TForm : struct, IModulationForm
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = positions.Start(chunk) * draws; row < positions.End(chunk) * draws; row++)
            {
                float* position = modulation + row / draws * stride;
                Row<TLanes>(row * columns, position, 0, whole);
                Row<Lanes1>(row * columns, position, whole, columns);
            }
        }

        private void Row<TLanes>(long row, float* position, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes added = TLanes.Load(TForm.HasShift ? position + c : addend + row + c);
                TLanes.MultiplyAdd(TLanes.Load(x + row + c), Factor<TLanes, TForm>(position + c, columns), added)
                    .Store(y + row + c);
            }
        }
    }

    private static TLanes Factor<TLanes, TForm>(float* position, int columns)
        where TLanes : unmanaged, ILanes<TLanes> where TForm : struct, IModulationForm =>
        TForm.HasShift ? TLanes.Broadcast(1) + TLanes.Load(position + columns) : TLanes.Load(position);

    internal readonly partial struct Backward<TForm>
    {
        public void Run(HostDevice host)
        {
            Chunks positions = Chunks.Of(modulation.Rows, 4L * draws * x.Columns);
            host.Team.Run(positions.Count, new BackwardJob<TForm>(
                x.Pointer, modulation.Pointer + first, dy.Pointer, dx is { } target ? target.Tensor.Pointer : null,
                dx is { Accumulate: true }, dModulation is null ? null : dModulation.Pointer + first, x.Columns,
                modulation.Columns, draws, positions));
        }
    }

    private readonly struct BackwardJob<TForm>(
        float* x, float* modulation, float* dy, float* dx, bool accumulate, float* dModulation, int columns, int stride,
        int draws, Chunks positions) : IChunkJob where TForm : struct, IModulationForm
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
                if (dx is not null)
                {
                    TLanes gradient = upstream * Factor<TLanes, TForm>(modulation + position + c, columns);
                    (accumulate ? gradient + TLanes.Load(dx + row + c) : gradient).Store(dx + row + c);
                }

                if (dModulation is not null)
                {
                    float* dFactor = dModulation + position + c;
                    if (TForm.HasShift)
                    {
                        (TLanes.Load(dFactor) + upstream).Store(dFactor);
                        dFactor += columns;
                    }

                    TLanes.MultiplyAdd(upstream, TLanes.Load(x + row + c), TLanes.Load(dFactor)).Store(dFactor);
                }
            }
        }
    }
}
