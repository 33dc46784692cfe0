using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops.</content>
public static unsafe partial class Reparameterise
{
    // Simple operations an element, most of them for its normal number.
    private const int WorkPerElement = 8;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host) => noise.Run(
            host, z, WorkPerElement * z.Columns, new DrawTerm(mean.Pointer, logStd.Pointer, z.Pointer));
    }

    private readonly struct DrawTerm(float* mean, float* logStd, float* z) : INoiseTerm
    {
        public static bool IsNormal => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TLanes>(TLanes number, long at) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.MultiplyAdd(number, LaneMath.Exp(TLanes.Load(logStd + at)), TLanes.Load(mean + at)).Store(z + at);
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host) => noise.Run(
            host, dz, WorkPerElement * dz.Columns,
            new SpreadTerm(logStd.Pointer, dz.Pointer, dLogStd.Tensor.Pointer, dLogStd.Accumulate));
    }

    /// <summary>dLogStd (+)= dz * e * exp(logStd).</summary>
    private readonly struct SpreadTerm(float* logStd, float* dz, float* dLogStd, bool accumulate) : INoiseTerm
    {
        public static bool IsNormal => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TLanes>(TLanes number, long at) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes gradient = TLanes.Load(dz + at) * (number * LaneMath.Exp(TLanes.Load(logStd + at)));
            (accumulate ? gradient + TLanes.Load(dLogStd + at) : gradient).Store(dLogStd + at);
        }
    }
}
