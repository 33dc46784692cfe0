using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop: draws of a position are added in their order.</content>
public static unsafe partial class ConditionedLinear
{
    private readonly partial struct DrawSum
    {
        public void Run(HostDevice host)
        {
            Chunks chunks = Chunks.Of(sums.Rows, (long)draws * sums.Columns);
            host.Team.Run(chunks.Count, new DrawSumJob(dy.Pointer, sums.Pointer, draws, sums.Columns, chunks));
        }
    }

    private readonly struct DrawSumJob(float* dy, float* sums, int draws, int columns, Chunks positions) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long position = positions.Start(chunk); position < positions.End(chunk); position++)
            {
                float* first = dy + position * draws * columns;
                float* sum = sums + position * columns;
                Add<TLanes>(first, sum, 0, whole);
                Add<Lanes1>(first, sum, whole, columns);
            }
        }

        private void Add<TLanes>(float* first, float* target, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes sum = TLanes.Load(first + c);
                for (int draw = 1; draw < draws; draw++)
                {
                    sum += TLanes.Load(first + (long)draw * columns + c);
                }

                sum.Store(target + c);
            }
        }
    }
}
