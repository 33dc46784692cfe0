using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over pieces.</content>
public static unsafe partial class GradientNorm
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host) => host.Team.Run(
            ranges.Count, new Job(ranges.Table.IntegerPointer, gradients.Pointer, slots.Pointer));
    }

    private readonly struct Job(int* table, float* gradients, float* slots) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            (int start, int count, _) = ParameterRanges.Read(table, chunk);
            slots[chunk] = RowMath.Dot<TLanes>(gradients + start, gradients + start, count);
        }
    }
}
