using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// A few neighbouring floats in registers of one thread. Fields and inlined methods: an array, or a loop over one, would
/// lie in memory.
/// </summary>
internal interface IKernelVector<TSelf> where TSelf : unmanaged, IKernelVector<TSelf>
{
    /// <summary>How many floats.</summary>
    static abstract int Count { get; }

    /// <summary>sums + a * b, each product fused with its sum.</summary>
    static abstract TSelf AddProducts(TSelf sums, float a, TSelf b);

    /// <summary>Element by element.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>Those from <paramref name="at"/> on.</summary>
    static abstract TSelf Load(ArrayView<float> source, long at);

    /// <summary>Writes them.</summary>
    static abstract void Store(TSelf value, ArrayView<float> target, long at);

    /// <summary>The first <paramref name="count"/> from <paramref name="at"/> on, and zeros.</summary>
    static abstract TSelf LoadFirst(ArrayView<float> source, long at, int count);

    /// <summary>Writes the first <paramref name="count"/>.</summary>
    static abstract void StoreFirst(TSelf value, ArrayView<float> target, long at, int count);
}

/// <summary>Vectors of a row of memory.</summary>
internal static class KernelVector
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>How many vectors a row has, the last of which may be cut.</summary>
    public static int CountFor<T>(int columns) where T : unmanaged, IKernelVector<T> => (columns + T.Count - 1) / T.Count;

    /// <summary>Those of a vector's elements that exist; zeros for the others.</summary>
    [MethodImpl(Inline)]
    public static T Load<T>(ArrayView<float> source, long at, int count) where T : unmanaged, IKernelVector<T> =>
        count >= T.Count ? T.Load(source, at) : T.LoadFirst(source, at, count);

    /// <summary>Writes those of a vector's elements that exist.</summary>
    [MethodImpl(Inline)]
    public static void Store<T>(T value, ArrayView<float> target, long at, int count)
        where T : unmanaged, IKernelVector<T>
    {
        if (count >= T.Count)
        {
            T.Store(value, target, at);
        }
        else
        {
            T.StoreFirst(value, target, at, count);
        }
    }
}

/// <summary>One float.</summary>
internal struct Float1(float value) : IKernelVector<Float1>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public float Value = value;

    public static int Count => 1;

    [MethodImpl(Inline)]
    public static Float1 AddProducts(Float1 sums, float a, Float1 b) =>
        new(KernelMath.FusedMultiplyAdd(a, b.Value, sums.Value));

    [MethodImpl(Inline)]
    public static Float1 Add(Float1 left, Float1 right) => new(left.Value + right.Value);

    [MethodImpl(Inline)]
    public static Float1 Load(ArrayView<float> source, long at) => new(source[at]);

    [MethodImpl(Inline)]
    public static void Store(Float1 value, ArrayView<float> target, long at) => target[at] = value.Value;

    [MethodImpl(Inline)]
    public static Float1 LoadFirst(ArrayView<float> source, long at, int count) => new(count > 0 ? source[at] : 0);

    [MethodImpl(Inline)]
    public static void StoreFirst(Float1 value, ArrayView<float> target, long at, int count)
    {
        if (count > 0)
        {
            target[at] = value.Value;
        }
    }
}

/// <summary>Four floats: what GPUs load at once.</summary>
internal struct Float4(float x, float y, float z, float w) : IKernelVector<Float4>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public float X = x, Y = y, Z = z, W = w;

    public static int Count => 4;

    [MethodImpl(Inline)]
    public static Float4 AddProducts(Float4 sums, float a, Float4 b) => new(
        KernelMath.FusedMultiplyAdd(a, b.X, sums.X), KernelMath.FusedMultiplyAdd(a, b.Y, sums.Y),
        KernelMath.FusedMultiplyAdd(a, b.Z, sums.Z), KernelMath.FusedMultiplyAdd(a, b.W, sums.W));

    [MethodImpl(Inline)]
    public static Float4 Add(Float4 left, Float4 right) =>
        new(left.X + right.X, left.Y + right.Y, left.Z + right.Z, left.W + right.W);

    [MethodImpl(Inline)]
    public static Float4 Load(ArrayView<float> source, long at) =>
        new(source[at], source[at + 1], source[at + 2], source[at + 3]);

    [MethodImpl(Inline)]
    public static void Store(Float4 value, ArrayView<float> target, long at)
    {
        target[at] = value.X;
        target[at + 1] = value.Y;
        target[at + 2] = value.Z;
        target[at + 3] = value.W;
    }

    [MethodImpl(Inline)]
    public static Float4 LoadFirst(ArrayView<float> source, long at, int count) => new(
        count > 0 ? source[at] : 0, count > 1 ? source[at + 1] : 0, count > 2 ? source[at + 2] : 0,
        count > 3 ? source[at + 3] : 0);

    [MethodImpl(Inline)]
    public static void StoreFirst(Float4 value, ArrayView<float> target, long at, int count)
    {
        if (count > 0)
        {
            target[at] = value.X;
        }

        if (count > 1)
        {
            target[at + 1] = value.Y;
        }

        if (count > 2)
        {
            target[at + 2] = value.Z;
        }

        if (count > 3)
        {
            target[at + 3] = value.W;
        }
    }
}

/// <summary>Twice as many.</summary>
internal struct Twice<T>(T low, T high) : IKernelVector<Twice<T>> where T : unmanaged, IKernelVector<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public T Low = low, High = high;

    public static int Count => 2 * T.Count;

    [MethodImpl(Inline)]
    public static Twice<T> AddProducts(Twice<T> sums, float a, Twice<T> b) =>
        new(T.AddProducts(sums.Low, a, b.Low), T.AddProducts(sums.High, a, b.High));

    [MethodImpl(Inline)]
    public static Twice<T> Add(Twice<T> left, Twice<T> right) =>
        new(T.Add(left.Low, right.Low), T.Add(left.High, right.High));

    [MethodImpl(Inline)]
    public static Twice<T> Load(ArrayView<float> source, long at) =>
        new(T.Load(source, at), T.Load(source, at + T.Count));

    [MethodImpl(Inline)]
    public static void Store(Twice<T> value, ArrayView<float> target, long at)
    {
        T.Store(value.Low, target, at);
        T.Store(value.High, target, at + T.Count);
    }

    [MethodImpl(Inline)]
    public static Twice<T> LoadFirst(ArrayView<float> source, long at, int count) =>
        new(T.LoadFirst(source, at, count), T.LoadFirst(source, at + T.Count, count - T.Count));

    [MethodImpl(Inline)]
    public static void StoreFirst(Twice<T> value, ArrayView<float> target, long at, int count)
    {
        T.StoreFirst(value.Low, target, at, count);
        T.StoreFirst(value.High, target, at + T.Count, count - T.Count);
    }
}
