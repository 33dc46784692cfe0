using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>One lane: machines without vectors, and the tails of rows on all others.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct Lanes1 : ILanes<Lanes1>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly float _value;

    [MethodImpl(Inline)]
    private Lanes1(float value) => _value = value;

    [MethodImpl(Inline)]
    private Lanes1(uint bits) => _value = BitConverter.UInt32BitsToSingle(bits);

    private uint Bits
    {
        [MethodImpl(Inline)]
        get => BitConverter.SingleToUInt32Bits(_value);
    }

    /// <inheritdoc/>
    public static int Count
    {
        [MethodImpl(Inline)]
        get => 1;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Load(float* source) => new(*source);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void Store(float* target) => *target = _value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Broadcast(float value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 operator +(Lanes1 left, Lanes1 right) => new(left._value + right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 operator -(Lanes1 left, Lanes1 right) => new(left._value - right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 operator *(Lanes1 left, Lanes1 right) => new(left._value * right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 operator /(Lanes1 left, Lanes1 right) => new(left._value / right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 MultiplyAdd(Lanes1 a, Lanes1 b, Lanes1 c) =>
        new(float.MultiplyAddEstimate(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void AddProduct(ref Lanes1 sum, Lanes1 a, Lanes1 b) =>
        Unsafe.AsRef(in sum._value) = float.MultiplyAddEstimate(a._value, b._value, sum._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 FusedMultiplyAdd(Lanes1 a, Lanes1 b, Lanes1 c) =>
        new(MathF.FusedMultiplyAdd(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Sqrt(Lanes1 value) => new(MathF.Sqrt(value._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Min(Lanes1 left, Lanes1 right) => left._value < right._value ? left : right;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Max(Lanes1 left, Lanes1 right) => left._value > right._value ? left : right;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Round(Lanes1 value) => new(MathF.Round(value._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 ScaleByPowerOfTwo(Lanes1 value, Lanes1 exponent)
    {
        int whole = (int)exponent._value;
        int half = whole >> 1;
        return new(value._value * PowerOfTwo(half) * PowerOfTwo(whole - half));
    }

    [MethodImpl(Inline)]
    private static float PowerOfTwo(int exponent) => BitConverter.Int32BitsToSingle((exponent + 127) << 23);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 GreaterThan(Lanes1 left, Lanes1 right) => Mask(left._value > right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Equal(Lanes1 left, Lanes1 right) => Mask(left._value == right._value);

    [MethodImpl(Inline)]
    private static Lanes1 Mask(bool set) => new(set ? uint.MaxValue : 0u);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Select(Lanes1 mask, Lanes1 whenSet, Lanes1 otherwise) => mask.Bits != 0 ? whenSet : otherwise;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float Sum(Lanes1 value) => value._value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float MaxElement(Lanes1 value) => value._value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 BroadcastBits(uint bits) => new(bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 LoadBits(uint* source) => new(*source);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 AddBits(Lanes1 left, Lanes1 right) => new(left.Bits + right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 SubtractBits(Lanes1 left, Lanes1 right) => new(left.Bits - right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 And(Lanes1 left, Lanes1 right) => new(left.Bits & right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Or(Lanes1 left, Lanes1 right) => new(left.Bits | right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 Xor(Lanes1 left, Lanes1 right) => new(left.Bits ^ right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 ShiftLeft(Lanes1 value, int count) => new(value.Bits << count);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 ShiftRight(Lanes1 value, int count) => new(value.Bits >>> count);

    /// <inheritdoc/>
    public static Lanes1 MultiplyEven(Lanes1 left, Lanes1 right) =>
        throw new NotSupportedException("MultiplyEven needs at least two lanes.");

    /// <inheritdoc/>
    public static Lanes1 OddToEven(Lanes1 value) =>
        throw new NotSupportedException("OddToEven needs at least two lanes.");

    /// <inheritdoc/>
    public static Lanes1 InterleaveEven(Lanes1 left, Lanes1 right) =>
        throw new NotSupportedException("InterleaveEven needs at least two lanes.");

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 IntegerToFloat(Lanes1 bits) => new((float)(int)bits.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes1 FloatToInteger(Lanes1 value) => new((uint)(int)value._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void GatherQuads(
        float* table, Lanes1 index, out Lanes1 a, out Lanes1 b, out Lanes1 c, out Lanes1 d)
    {
        float* row = table + index.Bits;
        a = new(row[0]);
        b = new(row[1]);
        c = new(row[2]);
        d = new(row[3]);
    }

    /// <inheritdoc/>
    public static void TransposeQuads(ref Lanes1 a, ref Lanes1 b, ref Lanes1 c, ref Lanes1 d) =>
        throw new NotSupportedException("TransposeQuads needs at least four lanes.");

    /// <inheritdoc/>
    public void StoreQuads(float* target, long stride) =>
        throw new NotSupportedException("StoreQuads needs at least four lanes.");
}
