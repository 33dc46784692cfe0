using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop.</content>
public static unsafe partial class UniformNoise
{
    // Simple operations an element, most of them for its random number.
    private const int WorkPerElement = 8;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host) => noise.Run(host, y, WorkPerElement * y.Columns, new FillTerm(y.Pointer));
    }

    private readonly struct FillTerm(float* y) : INoiseTerm
    {
        public static bool IsNormal => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TLanes>(TLanes number, long at) where TLanes : unmanaged, ILanes<TLanes> =>
            (number - TLanes.Broadcast(0.5f)).Store(y + at);
    }
}
