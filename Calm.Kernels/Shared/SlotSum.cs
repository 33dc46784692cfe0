using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Adds partial sums in the order of their slots: y[c] (+)= sum over s of slots[s, c]. Reduces gradients of shared
/// parameters without atomics, with the same bits for any number of threads.
/// </summary>
internal static unsafe partial class SlotSum
{
    /// <summary>Adds the slots on the host.</summary>
    /// <param name="host">The device whose threads run.</param>
    /// <param name="slots">In, [slotCount, columns].</param>
    /// <param name="slotCount">Number of partial sums.</param>
    /// <param name="columns">Length of each.</param>
    /// <param name="target">Out, [columns].</param>
    public static void Run(HostDevice host, float* slots, int slotCount, int columns, GradientTarget target)
    {
        Chunks chunks = Chunks.Of(columns, slotCount);
        host.Team.Run(chunks.Count, new Job(slots, slotCount, columns, target.Tensor.Pointer, target.Accumulate, chunks));
    }

    private readonly struct Job(
        float* slots, int slotCount, int columns, float* target, bool accumulate, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int start = (int)chunks.Start(chunk);
            int end = (int)chunks.End(chunk);
            int whole = start + RowMath.WholeRegisters<TLanes>(end - start);
            Add<TLanes>(start, whole);
            Add<Lanes1>(whole, end);
        }

        private void Add<TLanes>(int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes sum = accumulate ? TLanes.Load(target + c) : TLanes.Broadcast(0);
                for (int slot = 0; slot < slotCount; slot++)
                {
                    sum += TLanes.Load(slots + (long)slot * columns + c);
                }

                sum.Store(target + c);
            }
        }
    }
}
