using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, bound by bandwidth where there are threads for it.</content>
internal static unsafe partial class RoundingCopy
{
    private readonly struct Job(float* x, float* y, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long end = chunks.End(chunk);
            for (long i = chunks.Start(chunk); i < end; i++)
            {
                y[i] = BFloat16.RoundToFloat(x[i]);
            }
        }
    }
}
