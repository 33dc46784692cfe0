using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over rows in chunks.</content>
public static unsafe partial class TokenDropout
{
    // A row is a patch of a few tokens: making its random numbers is all the work there is.
    private const int WorkPerRow = 64;

    private static void ForwardOnHost(
        HostDevice host, Tensor ids, float probability, Tensor rows, RandomStream stream, Tensor kept)
    {
        Chunks chunks = Chunks.Of(ids.Rows, WorkPerRow + ids.Columns);
        host.Team.Run(chunks.Count, new Job(
            ids.IntegerPointer, probability, new NoiseSegments(new RowNoise(null, rows, stream), ids.Columns),
            kept.IntegerPointer, ids.Columns, chunks));
    }

    private readonly struct Job(
        int* ids, float probability, NoiseSegments noise, int* kept, int columns, Chunks rows) : IChunkJob
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
                    long at = row * columns + column;
                    for (int k = 0; k < count; k++)
                    {
                        kept[at + k] = u[k] > probability ? ids[at + k] : 0;
                    }
                }
            }
        }
    }
}
