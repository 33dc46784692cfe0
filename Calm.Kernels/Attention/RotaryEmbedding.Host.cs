using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop: forward, backward, in place or onto another tensor. Bound by bandwidth.</content>
public static unsafe partial class RotaryEmbedding
{
    private readonly partial struct Turn
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(source.Rows, 2 * source.Columns);
            host.Team.Run(rows.Count, new RotateJob(
                source.Pointer, target.Pointer, rotation.Table.Cos.Pointer, rotation.Table.Sin.Pointer,
                rotation.Inverse ? -1 : 1, source.Columns, rotation.Heads, rotation.Table.HeadSize, source.Shape[1],
                rotation.Start, accumulate, rows));
            RoundingCopy.InPlace(host, target);
        }
    }

    private readonly struct RotateJob(
        float* source, float* target, float* cos, float* sin, float sign, int columns, int heads, int headSize,
        int positions, int start, bool accumulate, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int pairs = headSize / 2;
            int whole = RowMath.WholeRegisters<TLanes>(pairs);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                long angle = (start + row % positions) * pairs;
                for (int head = 0; head < heads; head++)
                {
                    long first = row * columns + head * headSize;
                    Rotate<TLanes>(first, angle, 0, whole);
                    Rotate<Lanes1>(first, angle, whole, pairs);
                }

                if (source != target)
                {
                    CopyRest(row);
                }
            }
        }

        private void Rotate<TLanes>(long first, long angle, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes direction = TLanes.Broadcast(sign);
            TLanes minus = TLanes.Broadcast(-1);
            float* x = source + first;
            float* y = target + first;
            for (int k = start; k < end; k += TLanes.Count)
            {
                TLanes c = TLanes.Load(cos + angle + k);
                TLanes s = TLanes.Load(sin + angle + k) * direction;
                TLanes left = TLanes.Load(x + k);
                TLanes right = TLanes.Load(x + headSize / 2 + k);
                Write(y + k, TLanes.MultiplyAdd(left, c, right * s * minus));
                Write(y + headSize / 2 + k, TLanes.MultiplyAdd(right, c, left * s));
            }
        }

        private void Write<TLanes>(float* y, TLanes value) where TLanes : unmanaged, ILanes<TLanes>
        {
            if (accumulate)
            {
                value += TLanes.Load(y);
            }

            value.Store(y);
        }

        private void CopyRest(long row)
        {
            for (long i = row * columns + heads * headSize; i < (row + 1) * columns; i++)
            {
                target[i] = accumulate ? target[i] + source[i] : source[i];
            }
        }
    }
}
