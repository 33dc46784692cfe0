using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Eight numbers of a work item, in registers: its products with eight rows of an operand. Work items of a group are
/// the lanes of a register, so this is a tile of eight rows by sixteen lanes.
/// </summary>
internal struct LaneEight
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public float V0, V1, V2, V3, V4, V5, V6, V7;

    /// <summary>Products of this lane's vector with eight rows.</summary>
    /// <param name="lanes">Where the vectors are, transposed: component c of all lanes, then c + 1.</param>
    /// <param name="at">Component 0 of this lane.</param>
    /// <param name="rows">Where the rows are; all lanes read the same.</param>
    /// <param name="eight">Which rows.</param>
    /// <param name="size">Components of a vector.</param>
    [MethodImpl(Inline)]
    public static LaneEight Products(ArrayView<float> lanes, long at, ArrayView<float> rows, EightRows eight, int size)
    {
        LaneEight sums = default;
        int c = 0;
        for (; c <= size - 8; c += 8)
        {
            sums.Add(lanes[at], rows, eight, c);
            sums.Add(lanes[at + Group16.Size], rows, eight, c + 1);
            sums.Add(lanes[at + 2 * Group16.Size], rows, eight, c + 2);
            sums.Add(lanes[at + 3 * Group16.Size], rows, eight, c + 3);
            sums.Add(lanes[at + 4 * Group16.Size], rows, eight, c + 4);
            sums.Add(lanes[at + 5 * Group16.Size], rows, eight, c + 5);
            sums.Add(lanes[at + 6 * Group16.Size], rows, eight, c + 6);
            sums.Add(lanes[at + 7 * Group16.Size], rows, eight, c + 7);
            at += 8 * Group16.Size;
        }

        for (; c < size; c++)
        {
            sums.Add(lanes[at], rows, eight, c);
            at += Group16.Size;
        }

        return sums;
    }

    /// <summary>vector = vector * factor + the eight rows, each times its number of this lane.</summary>
    [MethodImpl(Inline)]
    public readonly void AddRows(
        ArrayView<float> lanes, long at, float factor, ArrayView<float> rows, EightRows eight, int size)
    {
        int c = 0;
        for (; c <= size - 8; c += 8)
        {
            lanes[at] = Sum(lanes[at] * factor, rows, eight, c);
            lanes[at + Group16.Size] = Sum(lanes[at + Group16.Size] * factor, rows, eight, c + 1);
            lanes[at + 2 * Group16.Size] = Sum(lanes[at + 2 * Group16.Size] * factor, rows, eight, c + 2);
            lanes[at + 3 * Group16.Size] = Sum(lanes[at + 3 * Group16.Size] * factor, rows, eight, c + 3);
            lanes[at + 4 * Group16.Size] = Sum(lanes[at + 4 * Group16.Size] * factor, rows, eight, c + 4);
            lanes[at + 5 * Group16.Size] = Sum(lanes[at + 5 * Group16.Size] * factor, rows, eight, c + 5);
            lanes[at + 6 * Group16.Size] = Sum(lanes[at + 6 * Group16.Size] * factor, rows, eight, c + 6);
            lanes[at + 7 * Group16.Size] = Sum(lanes[at + 7 * Group16.Size] * factor, rows, eight, c + 7);
            at += 8 * Group16.Size;
        }

        for (; c < size; c++)
        {
            lanes[at] = Sum(lanes[at] * factor, rows, eight, c);
            at += Group16.Size;
        }
    }

    /// <summary>Makes minus infinity of the numbers whose place is not from lowest to highest; V0 is at first.</summary>
    [MethodImpl(Inline)]
    public void Hide(int first, int lowest, int highest)
    {
        V0 = Visible(V0, first, lowest, highest);
        V1 = Visible(V1, first + 1, lowest, highest);
        V2 = Visible(V2, first + 2, lowest, highest);
        V3 = Visible(V3, first + 3, lowest, highest);
        V4 = Visible(V4, first + 4, lowest, highest);
        V5 = Visible(V5, first + 5, lowest, highest);
        V6 = Visible(V6, first + 6, lowest, highest);
        V7 = Visible(V7, first + 7, lowest, highest);
    }

    /// <summary>The greatest of the numbers and of another.</summary>
    [MethodImpl(Inline)]
    public readonly float Greatest(float other) => Greater(
        Greater(Greater(Greater(V0, V1), Greater(V2, V3)), Greater(Greater(V4, V5), Greater(V6, V7))), other);

    /// <summary>The sum of the numbers.</summary>
    [MethodImpl(Inline)]
    public readonly float Total() => V0 + V1 + (V2 + V3) + (V4 + V5 + (V6 + V7));

    /// <summary>Eight times one number.</summary>
    [MethodImpl(Inline)]
    public static LaneEight All(float value) => new()
    {
        V0 = value,
        V1 = value,
        V2 = value,
        V3 = value,
        V4 = value,
        V5 = value,
        V6 = value,
        V7 = value,
    };

    /// <summary>exp(number - shift), each with a shift of its own.</summary>
    [MethodImpl(Inline)]
    public readonly LaneEight Exp(in LaneEight shifts) => new()
    {
        V0 = KernelMath.Exp(V0 - shifts.V0),
        V1 = KernelMath.Exp(V1 - shifts.V1),
        V2 = KernelMath.Exp(V2 - shifts.V2),
        V3 = KernelMath.Exp(V3 - shifts.V3),
        V4 = KernelMath.Exp(V4 - shifts.V4),
        V5 = KernelMath.Exp(V5 - shifts.V5),
        V6 = KernelMath.Exp(V6 - shifts.V6),
        V7 = KernelMath.Exp(V7 - shifts.V7),
    };

    /// <summary>Gradients of scores from weights: weight * scale * (gradient of the weight - shift).</summary>
    [MethodImpl(Inline)]
    public readonly LaneEight Differentiate(in LaneEight gradients, in LaneEight shifts, float scale) => new()
    {
        V0 = V0 * scale * (gradients.V0 - shifts.V0),
        V1 = V1 * scale * (gradients.V1 - shifts.V1),
        V2 = V2 * scale * (gradients.V2 - shifts.V2),
        V3 = V3 * scale * (gradients.V3 - shifts.V3),
        V4 = V4 * scale * (gradients.V4 - shifts.V4),
        V5 = V5 * scale * (gradients.V5 - shifts.V5),
        V6 = V6 * scale * (gradients.V6 - shifts.V6),
        V7 = V7 * scale * (gradients.V7 - shifts.V7),
    };

    /// <summary>Eight consecutive numbers; those behind the last repeat it.</summary>
    [MethodImpl(Inline)]
    public static LaneEight From(ArrayView<float> values, long start, int first, int last) => new()
    {
        V0 = values[start + IntrinsicMath.Min(first, last)],
        V1 = values[start + IntrinsicMath.Min(first + 1, last)],
        V2 = values[start + IntrinsicMath.Min(first + 2, last)],
        V3 = values[start + IntrinsicMath.Min(first + 3, last)],
        V4 = values[start + IntrinsicMath.Min(first + 4, last)],
        V5 = values[start + IntrinsicMath.Min(first + 5, last)],
        V6 = values[start + IntrinsicMath.Min(first + 6, last)],
        V7 = values[start + IntrinsicMath.Min(first + 7, last)],
    };

    [MethodImpl(Inline)]
    private void Add(float x, ArrayView<float> rows, EightRows eight, int c)
    {
        V0 = KernelMath.FusedMultiplyAdd(x, rows[eight.R0 + c], V0);
        V1 = KernelMath.FusedMultiplyAdd(x, rows[eight.R1 + c], V1);
        V2 = KernelMath.FusedMultiplyAdd(x, rows[eight.R2 + c], V2);
        V3 = KernelMath.FusedMultiplyAdd(x, rows[eight.R3 + c], V3);
        V4 = KernelMath.FusedMultiplyAdd(x, rows[eight.R4 + c], V4);
        V5 = KernelMath.FusedMultiplyAdd(x, rows[eight.R5 + c], V5);
        V6 = KernelMath.FusedMultiplyAdd(x, rows[eight.R6 + c], V6);
        V7 = KernelMath.FusedMultiplyAdd(x, rows[eight.R7 + c], V7);
    }

    [MethodImpl(Inline)]
    private readonly float Sum(float sum, ArrayView<float> rows, EightRows eight, int c)
    {
        sum = KernelMath.FusedMultiplyAdd(V0, rows[eight.R0 + c], sum);
        sum = KernelMath.FusedMultiplyAdd(V1, rows[eight.R1 + c], sum);
        sum = KernelMath.FusedMultiplyAdd(V2, rows[eight.R2 + c], sum);
        sum = KernelMath.FusedMultiplyAdd(V3, rows[eight.R3 + c], sum);
        sum = KernelMath.FusedMultiplyAdd(V4, rows[eight.R4 + c], sum);
        sum = KernelMath.FusedMultiplyAdd(V5, rows[eight.R5 + c], sum);
        sum = KernelMath.FusedMultiplyAdd(V6, rows[eight.R6 + c], sum);
        return KernelMath.FusedMultiplyAdd(V7, rows[eight.R7 + c], sum);
    }

    [MethodImpl(Inline)]
    private static float Visible(float value, int place, int lowest, int highest) =>
        place < lowest || place > highest ? float.NegativeInfinity : value;

    [MethodImpl(Inline)]
    private static float Greater(float left, float right) => left > right ? left : right;
}

/// <summary>Where eight consecutive rows of an operand begin; those behind the last repeat it.</summary>
internal struct EightRows
{
    public long R0, R1, R2, R3, R4, R5, R6, R7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows From(DeviceHeads heads, int batch, int head, int first, int last) => new()
    {
        R0 = heads.At(batch, IntrinsicMath.Min(first, last), head),
        R1 = heads.At(batch, IntrinsicMath.Min(first + 1, last), head),
        R2 = heads.At(batch, IntrinsicMath.Min(first + 2, last), head),
        R3 = heads.At(batch, IntrinsicMath.Min(first + 3, last), head),
        R4 = heads.At(batch, IntrinsicMath.Min(first + 4, last), head),
        R5 = heads.At(batch, IntrinsicMath.Min(first + 5, last), head),
        R6 = heads.At(batch, IntrinsicMath.Min(first + 6, last), head),
        R7 = heads.At(batch, IntrinsicMath.Min(first + 7, last), head),
    };
}
