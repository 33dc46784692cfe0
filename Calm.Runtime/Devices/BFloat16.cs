using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>
/// bfloat16: the upper half of a float, 8 bits of significand. A product of two is exact in a float.
/// </summary>
public static class BFloat16
{
    private const uint Infinity = 0x7f800000;
    private const uint Quiet = 0x00400000;

    /// <summary>The bits of the nearest bfloat16, ties to even, as those of a float. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Round(float value)
    {
        uint bits = (uint)BitConverter.SingleToInt32Bits(value); // the unsigned form does not compile for devices
        uint rounded = bits + 0x7fff + (bits >> 16 & 1);
        return ((bits & 0x7fffffff) > Infinity ? bits | Quiet : rounded) & 0xffff0000;
    }

    /// <summary>The nearest bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float RoundToFloat(float value) => BitConverter.Int32BitsToSingle((int)Round(value));

    /// <summary>The bits of the nearest bfloat16 of each.</summary>
    public static ushort[] FromFloats(ReadOnlySpan<float> values)
    {
        ushort[] halves = new ushort[values.Length];
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = (ushort)(Round(values[i]) >> 16);
        }

        return halves;
    }

    /// <summary>The numbers that bits stand for.</summary>
    public static void ToFloats(ReadOnlySpan<ushort> halves, Span<float> values)
    {
        for (int i = 0; i < halves.Length; i++)
        {
            values[i] = BitConverter.Int32BitsToSingle(halves[i] << 16);
        }
    }

    /// <summary>Replaces each by the nearest bfloat16.</summary>
    public static void Round(Span<float> values)
    {
        Span<Vector<uint>> vectors = MemoryMarshal.Cast<float, Vector<uint>>(values);
        foreach (ref Vector<uint> bits in vectors)
        {
            Vector<uint> rounded = bits + new Vector<uint>(0x7fff) + (Vector.ShiftRightLogical(bits, 16) & Vector<uint>.One);
            Vector<uint> isNan = Vector.GreaterThan(bits & new Vector<uint>(0x7fffffff), new Vector<uint>(Infinity));
            bits = Vector.ConditionalSelect(isNan, bits | new Vector<uint>(Quiet), rounded) & new Vector<uint>(0xffff0000);
        }

        foreach (ref float value in values[(vectors.Length * Vector<uint>.Count)..])
        {
            value = RoundToFloat(value);
        }
    }
}
