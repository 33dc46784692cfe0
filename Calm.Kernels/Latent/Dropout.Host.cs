using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop.</content>
public static unsafe partial class Dropout
{
    // Simple operations an element, most of them for its random number.
    private const int WorkPerElement = 4;

    private readonly partial struct Mask
    {
        public void Run(HostDevice host) => noise.Run(
            host, x, WorkPerElement * x.Columns,
            new MaskTerm(x.Pointer, _threshold, _scale, y.Tensor.Pointer, y.Accumulate));
    }

    private readonly struct MaskTerm(float* x, float threshold, float scale, float* y, bool accumulate) : INoiseTerm
    {
        public static bool IsNormal => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TLanes>(TLanes number, long at) where TLanes : unmanaged, ILanes<TLanes>
        {
            // A product, so that a NaN stays one even if it is dropped.
            TLanes isKept = TLanes.GreaterThan(number, TLanes.Broadcast(threshold));
            TLanes value = TLanes.Load(x + at) * TLanes.And(isKept, TLanes.Broadcast(scale));
            (accumulate ? value + TLanes.Load(y + at) : value).Store(y + at);
        }
    }
}
