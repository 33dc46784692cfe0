using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, over rows in chunks.</content>
public static unsafe partial class Reparameterise
{
    // Simple operations an element, most of them for its normal number.
    private const int WorkPerElement = 8;

    private static void ForwardOnHost(HostDevice host, Tensor mean, Tensor logStd, RowNoise noise, Tensor z)
    {
        Chunks rows = Chunks.Of(mean.Rows, WorkPerElement * mean.Columns);
        host.Team.Run(rows.Count, new ForwardJob(
            mean.Pointer, logStd.Pointer, new NoiseSegments(noise, mean.Columns), z.Pointer, mean.Columns, rows));
    }

    private readonly struct ForwardJob(
        float* mean, float* logStd, NoiseSegments noise, float* z, int columns, Chunks rows) : IChunkJob
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
                    float* e = noise.Normals<TLanes>(row, column, count, buffer);
                    int whole = RowMath.WholeRegisters<TLanes>(count);
                    Draw<TLanes>(e, row * columns + column, 0, whole);
                    Draw<Lanes1>(e, row * columns + column, whole, count);
                }
            }
        }

        private void Draw<TLanes>(float* e, long at, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes std = LaneMath.Exp(TLanes.Load(logStd + at + c));
                TLanes.MultiplyAdd(TLanes.Load(e + c), std, TLanes.Load(mean + at + c)).Store(z + at + c);
            }
        }
    }

    private static void BackwardOnHost(
        HostDevice host, Tensor logStd, RowNoise noise, Tensor dz, GradientTarget dLogStd)
    {
        Chunks rows = Chunks.Of(logStd.Rows, WorkPerElement * logStd.Columns);
        host.Team.Run(rows.Count, new BackwardJob(
            logStd.Pointer, new NoiseSegments(noise, logStd.Columns), dz.Pointer,
            dLogStd.Tensor.Pointer, dLogStd.Accumulate, logStd.Columns, rows));
    }

    private readonly struct BackwardJob(
        float* logStd, NoiseSegments noise, float* dz, float* dLogStd, bool accumulate, int columns, Chunks rows)
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
                    float* e = noise.Normals<TLanes>(row, column, count, buffer);
                    int whole = RowMath.WholeRegisters<TLanes>(count);
                    Spread<TLanes>(e, row * columns + column, 0, whole);
                    Spread<Lanes1>(e, row * columns + column, whole, count);
                }
            }
        }

        /// <summary>dLogStd (+)= dz * e * exp(logStd).</summary>
        private void Spread<TLanes>(float* e, long at, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes slope = TLanes.Load(e + c) * LaneMath.Exp(TLanes.Load(logStd + at + c));
                TLanes gradient = TLanes.Load(dz + at + c) * slope;
                float* target = dLogStd + at + c;
                (accumulate ? gradient + TLanes.Load(target) : gradient).Store(target);
            }
        }
    }
}
