using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Runtime;

/// <summary>
/// A few neighbouring numbers in registers of one thread, like <see cref="ILanes{TSelf}"/> on the host. GPUs load four at once.
/// On an OpenCL CPU a work item that computes with sixteen is compiled to vector instructions; the items of a group are not
/// once they loop. Fields, not an array: an array would lie in memory.
/// </summary>
public interface IKernelLanes<TSelf> : IArithmetic<TSelf> where TSelf : unmanaged, IKernelLanes<TSelf>
{
    /// <summary>Number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>Loads them from element <paramref name="at"/> on.</summary>
    static abstract TSelf Load(ArrayView<float> source, long at);

    /// <summary>Writes them from element <paramref name="at"/> on.</summary>
    static abstract void Store(TSelf value, ArrayView<float> target, long at);

    /// <summary>Loads lane i from element at + first + i if first + i is below <paramref name="end"/>, else zero.</summary>
    static abstract TSelf LoadBelow(ArrayView<float> source, long at, int first, int end);

    /// <summary>Writes lane i to element at + first + i if first + i is below <paramref name="end"/>.</summary>
    static abstract void StoreBelow(TSelf value, ArrayView<float> target, long at, int first, int end);
}

/// <summary>Lanes at the end of a row, where some may be missing.</summary>
public static class KernelLanes
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Number of lanes' vectors that cover a row.</summary>
    public static int CountFor<T>(int columns) where T : unmanaged, IKernelLanes<T> => (columns + T.Count - 1) / T.Count;

    /// <summary>Loads the first <paramref name="count"/> lanes, or all if there are fewer; zeros for the others.</summary>
    [MethodImpl(Inline)]
    public static T Load<T>(ArrayView<float> source, long at, int count) where T : unmanaged, IKernelLanes<T> =>
        count >= T.Count ? T.Load(source, at) : T.LoadBelow(source, at, 0, count);

    /// <summary>Writes the first <paramref name="count"/> lanes, or all if there are fewer.</summary>
    [MethodImpl(Inline)]
    public static void Store<T>(T value, ArrayView<float> target, long at, int count) where T : unmanaged, IKernelLanes<T>
    {
        if (count >= T.Count)
        {
            T.Store(value, target, at);
        }
        else
        {
            T.StoreBelow(value, target, at, 0, count);
        }
    }
}

/// <summary>Twice as many lanes as T. Pairs nest: four levels of them make sixteen lanes.</summary>
/// <param name="low">The first half.</param>
/// <param name="high">The second.</param>
public readonly struct LanePair<T>(T low, T high) : IKernelLanes<LanePair<T>> where T : unmanaged, IKernelLanes<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The first half.</summary>
    public T Low { get; } = low;

    /// <summary>The second half.</summary>
    public T High { get; } = high;

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
        T.Store(value.Low, target, at);
        T.Store(value.High, target, at + T.Count);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> LoadBelow(ArrayView<float> source, long at, int first, int end) =>
        new(T.LoadBelow(source, at, first, end), T.LoadBelow(source, at, first + T.Count, end));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void StoreBelow(LanePair<T> value, ArrayView<float> target, long at, int first, int end)
    {
        T.StoreBelow(value.Low, target, at, first, end);
        T.StoreBelow(value.High, target, at, first + T.Count, end);
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
        new(left.Low + right.Low, left.High + right.High);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> operator -(LanePair<T> left, LanePair<T> right) =>
        new(left.Low - right.Low, left.High - right.High);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> operator *(LanePair<T> left, LanePair<T> right) =>
        new(left.Low * right.Low, left.High * right.High);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> operator /(LanePair<T> left, LanePair<T> right) =>
        new(left.Low / right.Low, left.High / right.High);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> MultiplyAdd(LanePair<T> a, LanePair<T> b, LanePair<T> c) =>
        new(T.MultiplyAdd(a.Low, b.Low, c.Low), T.MultiplyAdd(a.High, b.High, c.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> FusedMultiplyAdd(LanePair<T> a, LanePair<T> b, LanePair<T> c) =>
        new(T.FusedMultiplyAdd(a.Low, b.Low, c.Low), T.FusedMultiplyAdd(a.High, b.High, c.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void AddProduct(ref LanePair<T> sum, LanePair<T> a, LanePair<T> b) =>
        sum = FusedMultiplyAdd(a, b, sum);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Sqrt(LanePair<T> value) =>
        new(T.Sqrt(value.Low), T.Sqrt(value.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Round(LanePair<T> value) =>
        new(T.Round(value.Low), T.Round(value.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Min(LanePair<T> left, LanePair<T> right) =>
        new(T.Min(left.Low, right.Low), T.Min(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Max(LanePair<T> left, LanePair<T> right) =>
        new(T.Max(left.Low, right.Low), T.Max(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> GreaterThan(LanePair<T> left, LanePair<T> right) =>
        new(T.GreaterThan(left.Low, right.Low), T.GreaterThan(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Equal(LanePair<T> left, LanePair<T> right) =>
        new(T.Equal(left.Low, right.Low), T.Equal(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> AddBits(LanePair<T> left, LanePair<T> right) =>
        new(T.AddBits(left.Low, right.Low), T.AddBits(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> SubtractBits(LanePair<T> left, LanePair<T> right) =>
        new(T.SubtractBits(left.Low, right.Low), T.SubtractBits(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> And(LanePair<T> left, LanePair<T> right) =>
        new(T.And(left.Low, right.Low), T.And(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Or(LanePair<T> left, LanePair<T> right) =>
        new(T.Or(left.Low, right.Low), T.Or(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Xor(LanePair<T> left, LanePair<T> right) =>
        new(T.Xor(left.Low, right.Low), T.Xor(left.High, right.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> ScaleByPowerOfTwo(LanePair<T> value, LanePair<T> exponent) =>
        new(T.ScaleByPowerOfTwo(value.Low, exponent.Low), T.ScaleByPowerOfTwo(value.High, exponent.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> Select(LanePair<T> mask, LanePair<T> whenSet, LanePair<T> otherwise) =>
        new(
            T.Select(mask.Low, whenSet.Low, otherwise.Low), T.Select(mask.High, whenSet.High, otherwise.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> ShiftLeft(LanePair<T> value, int count) =>
        new(T.ShiftLeft(value.Low, count), T.ShiftLeft(value.High, count));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> ShiftRight(LanePair<T> value, int count) =>
        new(T.ShiftRight(value.Low, count), T.ShiftRight(value.High, count));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> IntegerToFloat(LanePair<T> bits) =>
        new(T.IntegerToFloat(bits.Low), T.IntegerToFloat(bits.High));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static LanePair<T> FloatToInteger(LanePair<T> value) =>
        new(T.FloatToInteger(value.Low), T.FloatToInteger(value.High));
}
