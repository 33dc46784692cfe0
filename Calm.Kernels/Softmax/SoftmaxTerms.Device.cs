using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>exp(logit - max).</summary>
internal readonly struct LogitPower(ArrayView<float> logits, long row, float max) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(int place) => KernelMath.Exp(logits[row + place] - max);
}

/// <summary>exp(logit - max), which replaces the logit.</summary>
internal readonly struct LogitPowerInPlace(ArrayView<float> logits, long row, float max) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(int place)
    {
        float power = KernelMath.Exp(logits[row + place] - max);
        logits[row + place] = power;
        return power;
    }
}

/// <summary>target (+)= factor * exp(logit - max).</summary>
internal readonly struct ScaledLogitPower(
    ArrayView<float> logits, long row, float max, float factor, ArrayView<float> target, int accumulate) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(int place)
    {
        float value = factor * KernelMath.Exp(logits[row + place] - max);
        target[row + place] = accumulate != 0 ? target[row + place] + value : value;
        return value;
    }
}

/// <summary>Number times factor, which replaces the number.</summary>
internal readonly struct ScaledInPlace(ArrayView<float> numbers, long row, float factor) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(int place) => numbers[row + place] *= factor;
}

/// <summary>Zero, which replaces the number.</summary>
internal readonly struct ZeroInPlace(ArrayView<float> numbers, long row) : IRowTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(int place) => numbers[row + place] = 0;
}
