using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>The numbers of a row as they are.</summary>
internal readonly struct RowNumber(ArrayView<float> numbers, long row) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes At<TLanes>(int place) where TLanes : unmanaged, IKernelLanes<TLanes> =>
        TLanes.Load(numbers, row + place);
}

/// <summary>exp(logit - max).</summary>
internal readonly struct LogitPower(ArrayView<float> logits, long row, float max) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes At<TLanes>(int place) where TLanes : unmanaged, IKernelLanes<TLanes> =>
        LaneMath.Exp(TLanes.Load(logits, row + place) - TLanes.Broadcast(max));
}

/// <summary>exp(logit - max), which replaces the logit.</summary>
internal readonly struct LogitPowerInPlace(ArrayView<float> logits, long row, float max) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes At<TLanes>(int place) where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        TLanes power = new LogitPower(logits, row, max).At<TLanes>(place);
        TLanes.Store(power, logits, row + place);
        return power;
    }
}

/// <summary>Number times factor, which replaces the number.</summary>
internal readonly struct ScaledInPlace(ArrayView<float> numbers, long row, float factor) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes At<TLanes>(int place) where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        TLanes scaled = TLanes.Load(numbers, row + place) * TLanes.Broadcast(factor);
        TLanes.Store(scaled, numbers, row + place);
        return scaled;
    }
}

/// <summary>Zero, which replaces the number.</summary>
internal readonly struct ZeroInPlace(ArrayView<float> numbers, long row) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes At<TLanes>(int place) where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes.Store(zero, numbers, row + place);
        return zero;
    }
}
