using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over tiles whose rows and columns stay in the first cache.</content>
public static unsafe partial class Transpose
{
    private const int Tile = 32;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks strips = Chunks.Of((x.Columns + Tile - 1) / Tile, 2L * Tile * x.Rows);
            host.Team.Run(strips.Count, new Job(x.Pointer, y.Tensor.Pointer, x.Rows, x.Columns, y.Accumulate, strips));
        }
    }

    private readonly struct Job(float* x, float* y, int rows, int columns, bool accumulate, Chunks strips) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int start = (int)strips.Start(chunk) * Tile;
            int end = (int)Math.Min(columns, strips.End(chunk) * Tile);
            for (int left = start; left < end; left += Tile)
            {
                for (int top = 0; top < rows; top += Tile)
                {
                    Copy(left, Math.Min(end, left + Tile), top, Math.Min(rows, top + Tile));
                }
            }
        }

        private void Copy(int left, int right, int top, int bottom)
        {
            for (int c = left; c < right; c++)
            {
                float* source = x + c;
                float* target = y + (long)c * rows;
                for (int r = top; r < bottom; r++)
                {
                    float value = source[(long)r * columns];
                    target[r] = accumulate ? target[r] + value : value;
                }
            }
        }
    }
}
