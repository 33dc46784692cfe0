using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over rows in chunks.</content>
public static unsafe partial class DenoisingStep
{
    // Simple operations an element, most of them for the exponential.
    private const int WorkPerElement = 6;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(x.Rows, WorkPerElement * x.Columns);
            host.Team.Run(rows.Count, new Job(
                output.Pointer, x.Pointer, noise.Pointer + first, noise.Columns, step, y.Pointer, x.Columns, rows));
        }
    }

    private readonly struct Job(
        float* output, float* x, float* noise, int stride, ReverseStep step, float* y, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                Row<TLanes>(row, 0, whole);
                Row<Lanes1>(row, whole, columns);
            }
        }

        private void Row<TLanes>(long row, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* seen = output + 2 * row * columns;
            for (int c = start; c < end; c += TLanes.Count)
            {
                Next(
                    TLanes.Load(seen + c), TLanes.Load(seen + columns + c), TLanes.Load(x + row * columns + c),
                    TLanes.Load(noise + row * stride + c), step).Store(y + row * columns + c);
            }
        }
    }
}
