using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>A number for each of the two rows that a thread of a warp has in <see cref="TensorSums"/>.</summary>
internal readonly struct RowPair
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public RowPair(float upper, float lower) => (Upper, Lower) = (upper, lower);

    /// <summary>Of row t / 4.</summary>
    public float Upper { get; }

    /// <summary>Of row t / 4 + 8.</summary>
    public float Lower { get; }

    /// <summary>The greatest over the four threads that share the rows.</summary>
    [MethodImpl(Inline)]
    public RowPair GreatestOfQuad()
    {
        RowPair pair = new(Max(Upper, Warp.ShuffleXor(Upper, 1)), Max(Lower, Warp.ShuffleXor(Lower, 1)));
        return new RowPair(
            Max(pair.Upper, Warp.ShuffleXor(pair.Upper, 2)), Max(pair.Lower, Warp.ShuffleXor(pair.Lower, 2)));
    }

    /// <summary>The sum over the four threads that share the rows, neighbours first.</summary>
    [MethodImpl(Inline)]
    public RowPair SumOfQuad()
    {
        RowPair pair = new(Upper + Warp.ShuffleXor(Upper, 1), Lower + Warp.ShuffleXor(Lower, 1));
        return new RowPair(pair.Upper + Warp.ShuffleXor(pair.Upper, 2), pair.Lower + Warp.ShuffleXor(pair.Lower, 2));
    }

    [MethodImpl(Inline)]
    public static RowPair operator *(RowPair left, RowPair right) =>
        new(left.Upper * right.Upper, left.Lower * right.Lower);

    [MethodImpl(Inline)]
    public static RowPair operator *(RowPair left, float right) => new(left.Upper * right, left.Lower * right);

    [MethodImpl(Inline)]
    public static RowPair operator +(RowPair left, RowPair right) =>
        new(left.Upper + right.Upper, left.Lower + right.Lower);

    [MethodImpl(Inline)]
    public static RowPair operator -(RowPair left, RowPair right) =>
        new(left.Upper - right.Upper, left.Lower - right.Lower);

    /// <summary>Two to the power of each.</summary>
    [MethodImpl(Inline)]
    public static RowPair Exp2(RowPair x) => new(TensorCore.Exp2(x.Upper), TensorCore.Exp2(x.Lower));

    /// <summary>The greater; a NaN on the left loses, which the sum of the weights shows all the same.</summary>
    [MethodImpl(Inline)]
    public static float Max(float left, float right) => left > right ? left : right;
}
