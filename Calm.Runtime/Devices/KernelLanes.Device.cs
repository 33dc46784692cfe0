using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Runtime;

/// <summary>
/// Some neighbouring numbers in registers of one thread: what <see cref="ILanes{TSelf}"/> is on the host. On an OpenCL CPU a
/// work item that computes with sixteen is compiled to vector instructions; the items of a group are not once they loop.
/// </summary>
public interface IKernelLanes<TSelf> : IArithmetic<TSelf> where TSelf : unmanaged, IKernelLanes<TSelf>
{
    /// <summary>How many numbers.</summary>
    static abstract int Count { get; }

    /// <summary>Those from element <paramref name="at"/> on.</summary>
    static abstract TSelf Load(ArrayView<float> source, long at);

    /// <summary>Writes them from element <paramref name="at"/> on.</summary>
    static abstract void Store(TSelf value, ArrayView<float> target, long at);
}

/// <summary>Twice as many lanes as T: pairs of pairs of pairs of pairs of numbers are sixteen.</summary>
/// <param name="low">The first half.</param>
/// <param name="high">The second.</param>
public readonly struct LanePair<T>(T low, T high) : IKernelLanes<LanePair<T>> where T : unmanaged, IKernelLanes<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly T _low = low;
    private readonly T _high = high;

    /// <inheritdoc/>
    public static int Count => 2 * T.Count;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Load(ArrayView<float> source, long at) =>
        new(T.Load(source, at), T.Load(source, at + T.Count));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Store(LanePair<T> value, ArrayView<float> target, long at)
    {
        T.Store(value._low, target, at);
        T.Store(value._high, target, at + T.Count);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Broadcast(float value) =>
        new(T.Broadcast(value), T.Broadcast(value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> BroadcastBits(uint bits) =>
        new(T.BroadcastBits(bits), T.BroadcastBits(bits));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> operator +(LanePair<T> left, LanePair<T> right) =>
        new(left._low + right._low, left._high + right._high);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> operator -(LanePair<T> left, LanePair<T> right) =>
        new(left._low - right._low, left._high - right._high);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> operator *(LanePair<T> left, LanePair<T> right) =>
        new(left._low * right._low, left._high * right._high);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> operator /(LanePair<T> left, LanePair<T> right) =>
        new(left._low / right._low, left._high / right._high);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> MultiplyAdd(LanePair<T> a, LanePair<T> b, LanePair<T> c) =>
        new(T.MultiplyAdd(a._low, b._low, c._low), T.MultiplyAdd(a._high, b._high, c._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> FusedMultiplyAdd(LanePair<T> a, LanePair<T> b, LanePair<T> c) =>
        new(T.FusedMultiplyAdd(a._low, b._low, c._low), T.FusedMultiplyAdd(a._high, b._high, c._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void AddProduct(ref LanePair<T> sum, LanePair<T> a, LanePair<T> b) =>
        sum = FusedMultiplyAdd(a, b, sum);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Sqrt(LanePair<T> value) =>
        new(T.Sqrt(value._low), T.Sqrt(value._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Round(LanePair<T> value) =>
        new(T.Round(value._low), T.Round(value._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Min(LanePair<T> left, LanePair<T> right) =>
        new(T.Min(left._low, right._low), T.Min(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Max(LanePair<T> left, LanePair<T> right) =>
        new(T.Max(left._low, right._low), T.Max(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> GreaterThan(LanePair<T> left, LanePair<T> right) =>
        new(T.GreaterThan(left._low, right._low), T.GreaterThan(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Equal(LanePair<T> left, LanePair<T> right) =>
        new(T.Equal(left._low, right._low), T.Equal(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> AddBits(LanePair<T> left, LanePair<T> right) =>
        new(T.AddBits(left._low, right._low), T.AddBits(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> SubtractBits(LanePair<T> left, LanePair<T> right) =>
        new(T.SubtractBits(left._low, right._low), T.SubtractBits(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> And(LanePair<T> left, LanePair<T> right) =>
        new(T.And(left._low, right._low), T.And(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Or(LanePair<T> left, LanePair<T> right) =>
        new(T.Or(left._low, right._low), T.Or(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Xor(LanePair<T> left, LanePair<T> right) =>
        new(T.Xor(left._low, right._low), T.Xor(left._high, right._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> ScaleByPowerOfTwo(LanePair<T> value, LanePair<T> exponent) =>
        new(T.ScaleByPowerOfTwo(value._low, exponent._low), T.ScaleByPowerOfTwo(value._high, exponent._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Select(LanePair<T> mask, LanePair<T> whenSet, LanePair<T> otherwise) =>
        new(
            T.Select(mask._low, whenSet._low, otherwise._low), T.Select(mask._high, whenSet._high, otherwise._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> ShiftLeft(LanePair<T> value, int count) =>
        new(T.ShiftLeft(value._low, count), T.ShiftLeft(value._high, count));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> ShiftRight(LanePair<T> value, int count) =>
        new(T.ShiftRight(value._low, count), T.ShiftRight(value._high, count));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> IntegerToFloat(LanePair<T> bits) =>
        new(T.IntegerToFloat(bits._low), T.IntegerToFloat(bits._high));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> FloatToInteger(LanePair<T> value) =>
        new(T.FloatToInteger(value._low), T.FloatToInteger(value._high));
}
