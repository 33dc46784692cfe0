using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop.</content>
public static unsafe partial class RoundingCopy
{
    private readonly partial struct Copy
    {
        public void Run(HostDevice host)
        {
            Chunks chunks = Chunks.Of(x.Count, 2);
            host.Team.Run(chunks.Count, new Job(x.Pointer, y.Pointer, chunks));
        }
    }

    private readonly struct Job(float* x, float* y, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long start = chunks.Start(chunk);
            int count = (int)(chunks.End(chunk) - start);
            Span<float> part = new(y + start, count);
            if (x != y)
            {
                new ReadOnlySpan<float>(x + start, count).CopyTo(part);
            }

            BFloat16.Round(part);
        }
    }
}
