using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Eight floats side by side, written out so that an OpenCL compiler for a CPU keeps them in one register.</summary>
internal readonly struct Float8
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly float _x0, _x1, _x2, _x3, _x4, _x5, _x6, _x7;

    [MethodImpl(Inline)]
    private Float8(float x0, float x1, float x2, float x3, float x4, float x5, float x6, float x7)
    {
        _x0 = x0;
        _x1 = x1;
        _x2 = x2;
        _x3 = x3;
        _x4 = x4;
        _x5 = x5;
        _x6 = x6;
        _x7 = x7;
    }

    /// <summary>How many there are.</summary>
    public const int Count = 8;

    /// <summary>Eight elements from <paramref name="at"/> on.</summary>
    [MethodImpl(Inline)]
    public static Float8 Load(ArrayView<float> source, long at) =>
        new(source[at], source[at + 1], source[at + 2], source[at + 3], source[at + 4], source[at + 5], source[at + 6],
            source[at + 7]);

    /// <summary>Writes eight elements.</summary>
    [MethodImpl(Inline)]
    public void Store(ArrayView<float> target, long at)
    {
        target[at] = _x0;
        target[at + 1] = _x1;
        target[at + 2] = _x2;
        target[at + 3] = _x3;
        target[at + 4] = _x4;
        target[at + 5] = _x5;
        target[at + 6] = _x6;
        target[at + 7] = _x7;
    }

    /// <summary>Overwrites eight elements of a gradient or adds to them, if they are wanted.</summary>
    [MethodImpl(Inline)]
    public void Give(ArrayView<float> target, long at, int overwrite, bool isWanted)
    {
        if (isWanted)
        {
            if (overwrite != 0)
            {
                Store(target, at);
            }
            else
            {
                (Load(target, at) + this).Store(target, at);
            }
        }
    }

    /// <summary>Sum element by element.</summary>
    [MethodImpl(Inline)]
    public static Float8 operator +(Float8 a, Float8 b) =>
        new(a._x0 + b._x0, a._x1 + b._x1, a._x2 + b._x2, a._x3 + b._x3, a._x4 + b._x4, a._x5 + b._x5, a._x6 + b._x6,
            a._x7 + b._x7);

    /// <summary>(x - y)^2 + sum.</summary>
    [MethodImpl(Inline)]
    public static Float8 AddSquare(Float8 x, Float8 y, Float8 sum)
    {
        float d0 = x._x0 - y._x0, d1 = x._x1 - y._x1, d2 = x._x2 - y._x2, d3 = x._x3 - y._x3;
        float d4 = x._x4 - y._x4, d5 = x._x5 - y._x5, d6 = x._x6 - y._x6, d7 = x._x7 - y._x7;
        return new(
            Fma(d0, d0, sum._x0), Fma(d1, d1, sum._x1), Fma(d2, d2, sum._x2), Fma(d3, d3, sum._x3),
            Fma(d4, d4, sum._x4), Fma(d5, d5, sum._x5), Fma(d6, d6, sum._x6), Fma(d7, d7, sum._x7));
    }

    /// <summary>weight * (x - y) + sum.</summary>
    [MethodImpl(Inline)]
    public static Float8 AddDifference(float weight, Float8 x, Float8 y, Float8 sum) =>
        new(Fma(weight, x._x0 - y._x0, sum._x0), Fma(weight, x._x1 - y._x1, sum._x1),
            Fma(weight, x._x2 - y._x2, sum._x2), Fma(weight, x._x3 - y._x3, sum._x3),
            Fma(weight, x._x4 - y._x4, sum._x4), Fma(weight, x._x5 - y._x5, sum._x5),
            Fma(weight, x._x6 - y._x6, sum._x6), Fma(weight, x._x7 - y._x7, sum._x7));

    [MethodImpl(Inline)]
    private static float Fma(float a, float b, float c) => KernelMath.FusedMultiplyAdd(a, b, c);
}
