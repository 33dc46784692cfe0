using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over rows in chunks.</content>
public static unsafe partial class Dropout
{
    // Simple operations an element, most of them for its random number.
    private const int WorkPerElement = 4;

    private static void MaskOnHost(HostDevice host, Tensor x, float probability, RowNoise noise, GradientTarget y)
    {
        Chunks rows = Chunks.Of(x.Rows, WorkPerElement * x.Columns);

        // A given mask stays where it is 1, whatever p.
        float threshold = noise.Given is null ? probability : 0;
        host.Team.Run(rows.Count, new MaskJob(
            x.Pointer, threshold, 1 / (1 - probability), new NoiseSegments(noise, x.Columns), y.Tensor.Pointer,
            y.Accumulate, x.Columns, rows));
    }

    private readonly struct MaskJob(
        float* x, float threshold, float scale, NoiseSegments noise, float* y, bool accumulate, int columns, Chunks rows)
        : IChunkJob
    {
        [SkipLocalsInit]
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* buffer = stackalloc float[NoiseSegments.Length];
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                for (int column = 0; column < columns; column += NoiseSegments.Length)
                {
                    int count = Math.Min(NoiseSegments.Length, columns - column);
                    float* u = noise.Uniforms<TLanes>(row, column, count, buffer);
                    int whole = RowMath.WholeRegisters<TLanes>(count);
                    Mask<TLanes>(u, row * columns + column, 0, whole);
                    Mask<Lanes1>(u, row * columns + column, whole, count);
                }
            }
        }

        private void Mask<TLanes>(float* u, long at, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes limit = TLanes.Broadcast(threshold);
            TLanes factor = TLanes.Broadcast(scale);
            for (int c = start; c < end; c += TLanes.Count)
            {
                // A product, so that a NaN stays one even where it is dropped.
                TLanes kept = TLanes.And(TLanes.GreaterThan(TLanes.Load(u + c), limit), factor);
                TLanes value = TLanes.Load(x + at + c) * kept;
                (accumulate ? value + TLanes.Load(y + at + c) : value).Store(y + at + c);
            }
        }
    }
}
