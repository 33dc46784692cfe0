using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over rows in chunks.</content>
internal readonly unsafe partial struct BlockCopy
{
    public void Run(HostDevice host)
    {
        Chunks chunks = Chunks.Of(rows, columns);
        host.Team.Run(chunks.Count, new Job(
            source.Tensor.Pointer + source.First, source.Stride, target.Tensor.Pointer + target.First, target.Stride, columns,
            accumulate, chunks));
    }

    private readonly struct Job(
        float* source, int sourceStride, float* target, int targetStride, int columns, bool accumulate, Chunks rows)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                Row<TLanes>(source + row * sourceStride, target + row * targetStride, 0, whole);
                Row<Lanes1>(source + row * sourceStride, target + row * targetStride, whole, columns);
            }
        }

        private void Row<TLanes>(float* from, float* to, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes value = TLanes.Load(from + c);
                (accumulate ? value + TLanes.Load(to + c) : value).Store(to + c);
            }
        }
    }
}
