using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Calm.Runtime;

/// <summary>16 lanes in one 512-bit register (AVX-512).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct Lanes512 : ILanes<Lanes512>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const ulong LowerHalf = uint.MaxValue;

    private readonly Vector512<float> _value;

    [MethodImpl(Inline)]
    private Lanes512(Vector512<float> value) => _value = value;

    private Vector512<uint> Bits
    {
        [MethodImpl(Inline)]
        get => _value.AsUInt32();
    }

    private Vector512<ulong> Pairs
    {
        [MethodImpl(Inline)]
        get => _value.AsUInt64();
    }

    /// <inheritdoc/>
    public static int Count
    {
        [MethodImpl(Inline)]
        get => 16;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void Store(float* target) => _value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 operator +(Lanes512 left, Lanes512 right) => new(left._value + right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 operator -(Lanes512 left, Lanes512 right) => new(left._value - right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 operator *(Lanes512 left, Lanes512 right) => new(left._value * right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 operator /(Lanes512 left, Lanes512 right) => new(left._value / right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) =>
        new(Vector512.MultiplyAddEstimate(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void AddProduct(ref Lanes512 sum, Lanes512 a, Lanes512 b) =>
        Unsafe.AsRef(in sum._value) = Vector512.MultiplyAddEstimate(a._value, b._value, sum._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 FusedMultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) =>
        new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Sqrt(Lanes512 value) => new(Vector512.Sqrt(value._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Min(Lanes512 left, Lanes512 right) =>
        new(Vector512.MinNative(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Max(Lanes512 left, Lanes512 right) =>
        new(Vector512.MaxNative(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Round(Lanes512 value) => new(Vector512.Round(value._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 ScaleByPowerOfTwo(Lanes512 value, Lanes512 exponent) =>
        new(Avx512F.Scale(value._value, exponent._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 GreaterThan(Lanes512 left, Lanes512 right) =>
        new(Vector512.GreaterThan(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Equal(Lanes512 left, Lanes512 right) =>
        new(Vector512.Equals(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Select(Lanes512 mask, Lanes512 whenSet, Lanes512 otherwise) =>
        new(Vector512.ConditionalSelect(mask._value, whenSet._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float Sum(Lanes512 value) => Lanes256.Sum(value._value.GetLower() + value._value.GetUpper());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float MaxElement(Lanes512 value) =>
        Lanes256.MaxElement(Vector256.Max(value._value.GetLower(), value._value.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 BroadcastBits(uint bits) => new(Vector512.Create(bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 LoadBits(uint* source) => new(Vector512.Load(source).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 AddBits(Lanes512 left, Lanes512 right) => new((left.Bits + right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 SubtractBits(Lanes512 left, Lanes512 right) =>
        new((left.Bits - right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 And(Lanes512 left, Lanes512 right) => new((left.Bits & right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Or(Lanes512 left, Lanes512 right) => new((left.Bits | right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 Xor(Lanes512 left, Lanes512 right) => new((left.Bits ^ right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 ShiftLeft(Lanes512 value, int count) => new((value.Bits << count).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 ShiftRight(Lanes512 value, int count) => new((value.Bits >>> count).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 MultiplyEven(Lanes512 left, Lanes512 right) =>
        new(Avx512F.Multiply(left.Bits, right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 OddToEven(Lanes512 value) => new((value.Pairs >>> 32).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 InterleaveEven(Lanes512 left, Lanes512 right) =>
        new(((left.Pairs & Vector512.Create(LowerHalf)) | (right.Pairs << 32)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 IntegerToFloat(Lanes512 bits) =>
        new(Vector512.ConvertToSingle(bits._value.AsInt32()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512 FloatToInteger(Lanes512 value) =>
        new(Vector512.ConvertToInt32Native(value._value).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void GatherQuads(
        float* table, Lanes512 index, out Lanes512 a, out Lanes512 b, out Lanes512 c, out Lanes512 d)
    {
        Lanes256.LoadQuads(
            table, index.Pairs.GetLower(), out Lanes256 a0, out Lanes256 b0, out Lanes256 c0, out Lanes256 d0);
        Lanes256.LoadQuads(
            table, index.Pairs.GetUpper(), out Lanes256 a1, out Lanes256 b1, out Lanes256 c1, out Lanes256 d1);
        a = Join(a0, a1);
        b = Join(b0, b1);
        c = Join(c0, c1);
        d = Join(d0, d1);
        TransposeQuads(ref a, ref b, ref c, ref d);
    }

    [MethodImpl(Inline)]
    private static Lanes512 Join(Lanes256 lower, Lanes256 upper) =>
        new(lower.Value.ToVector512Unsafe().WithUpper(upper.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void TransposeQuads(ref Lanes512 a, ref Lanes512 b, ref Lanes512 c, ref Lanes512 d)
    {
        Vector512<double> abLow = Avx512F.UnpackLow(a._value, b._value).AsDouble();
        Vector512<double> abHigh = Avx512F.UnpackHigh(a._value, b._value).AsDouble();
        Vector512<double> cdLow = Avx512F.UnpackLow(c._value, d._value).AsDouble();
        Vector512<double> cdHigh = Avx512F.UnpackHigh(c._value, d._value).AsDouble();
        a = new(Avx512F.UnpackLow(abLow, cdLow).AsSingle());
        b = new(Avx512F.UnpackHigh(abLow, cdLow).AsSingle());
        c = new(Avx512F.UnpackLow(abHigh, cdHigh).AsSingle());
        d = new(Avx512F.UnpackHigh(abHigh, cdHigh).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void StoreQuads(float* target, long stride)
    {
        _value.GetLower().GetLower().Store(target);
        _value.GetLower().GetUpper().Store(target + stride);
        _value.GetUpper().GetLower().Store(target + 2 * stride);
        _value.GetUpper().GetUpper().Store(target + 3 * stride);
    }
}
