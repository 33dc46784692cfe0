using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Calm.Runtime;

/// <summary>8 lanes in one 256-bit register (AVX2).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct Lanes256 : ILanes<Lanes256>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const ulong LowerHalf = uint.MaxValue;

    private readonly Vector256<float> _value;

    [MethodImpl(Inline)]
    private Lanes256(Vector256<float> value) => _value = value;

    internal Vector256<float> Value
    {
        [MethodImpl(Inline)]
        get => _value;
    }

    private Vector256<uint> Bits
    {
        [MethodImpl(Inline)]
        get => _value.AsUInt32();
    }

    private Vector256<ulong> Pairs
    {
        [MethodImpl(Inline)]
        get => _value.AsUInt64();
    }

    /// <inheritdoc/>
    public static int Count
    {
        [MethodImpl(Inline)]
        get => 8;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void Store(float* target) => _value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Broadcast(float value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 operator +(Lanes256 left, Lanes256 right) => new(left._value + right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 operator -(Lanes256 left, Lanes256 right) => new(left._value - right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 operator *(Lanes256 left, Lanes256 right) => new(left._value * right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 operator /(Lanes256 left, Lanes256 right) => new(left._value / right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(Vector256.MultiplyAddEstimate(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void AddProduct(ref Lanes256 sum, Lanes256 a, Lanes256 b) =>
        Unsafe.AsRef(in sum._value) = Vector256.MultiplyAddEstimate(a._value, b._value, sum._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 FusedMultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Sqrt(Lanes256 value) => new(Vector256.Sqrt(value._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Min(Lanes256 left, Lanes256 right) =>
        new(Vector256.MinNative(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Max(Lanes256 left, Lanes256 right) =>
        new(Vector256.MaxNative(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Round(Lanes256 value) => new(Vector256.Round(value._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 ScaleByPowerOfTwo(Lanes256 value, Lanes256 exponent)
    {
        // Two factors, each a normal float, so that overflow and gradual underflow come out right.
        Vector256<int> whole = Vector256.ConvertToInt32Native(exponent._value);
        Vector256<int> half = whole >> 1;
        Vector256<int> bias = Vector256.Create(127);
        return new(value._value * ((half + bias) << 23).AsSingle() * ((whole - half + bias) << 23).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 GreaterThan(Lanes256 left, Lanes256 right) =>
        new(Vector256.GreaterThan(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Equal(Lanes256 left, Lanes256 right) =>
        new(Vector256.Equals(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Select(Lanes256 mask, Lanes256 whenSet, Lanes256 otherwise) =>
        new(Vector256.ConditionalSelect(mask._value, whenSet._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float Sum(Lanes256 value) => Sum(value._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float MaxElement(Lanes256 value) => MaxElement(value._value);

    [MethodImpl(Inline)]
    internal static float Sum(Vector256<float> value) => Lanes128.Sum(value.GetLower() + value.GetUpper());

    [MethodImpl(Inline)]
    internal static float MaxElement(Vector256<float> value) =>
        Lanes128.MaxElement(Vector128.Max(value.GetLower(), value.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 BroadcastBits(uint bits) => new(Vector256.Create(bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 LoadBits(uint* source) => new(Vector256.Load(source).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 AddBits(Lanes256 left, Lanes256 right) => new((left.Bits + right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 SubtractBits(Lanes256 left, Lanes256 right) =>
        new((left.Bits - right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 And(Lanes256 left, Lanes256 right) => new((left.Bits & right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Or(Lanes256 left, Lanes256 right) => new((left.Bits | right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 Xor(Lanes256 left, Lanes256 right) => new((left.Bits ^ right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 ShiftLeft(Lanes256 value, int count) => new((value.Bits << count).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 ShiftRight(Lanes256 value, int count) => new((value.Bits >>> count).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 MultiplyEven(Lanes256 left, Lanes256 right) =>
        new(Avx2.Multiply(left.Bits, right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 OddToEven(Lanes256 value) => new((value.Pairs >>> 32).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 InterleaveEven(Lanes256 left, Lanes256 right) =>
        new(((left.Pairs & Vector256.Create(LowerHalf)) | (right.Pairs << 32)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 IntegerToFloat(Lanes256 bits) =>
        new(Vector256.ConvertToSingle(bits._value.AsInt32()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256 FloatToInteger(Lanes256 value) =>
        new(Vector256.ConvertToInt32Native(value._value).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void GatherQuads(
        float* table, Lanes256 index, out Lanes256 a, out Lanes256 b, out Lanes256 c, out Lanes256 d)
    {
        LoadQuads(table, index.Pairs, out a, out b, out c, out d);
        TransposeQuads(ref a, ref b, ref c, ref d);
    }

    [MethodImpl(Inline)]
    internal static void LoadQuads(
        float* table, Vector256<ulong> index, out Lanes256 a, out Lanes256 b, out Lanes256 c, out Lanes256 d)
    {
        Lanes128.LoadQuads(
            table, index.GetLower(), out Lanes128 a0, out Lanes128 b0, out Lanes128 c0, out Lanes128 d0);
        Lanes128.LoadQuads(
            table, index.GetUpper(), out Lanes128 a1, out Lanes128 b1, out Lanes128 c1, out Lanes128 d1);
        a = Join(a0, a1);
        b = Join(b0, b1);
        c = Join(c0, c1);
        d = Join(d0, d1);
    }

    [MethodImpl(Inline)]
    private static Lanes256 Join(Lanes128 lower, Lanes128 upper) =>
        new(lower.Value.ToVector256Unsafe().WithUpper(upper.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void TransposeQuads(ref Lanes256 a, ref Lanes256 b, ref Lanes256 c, ref Lanes256 d)
    {
        Vector256<double> abLow = Avx.UnpackLow(a._value, b._value).AsDouble();
        Vector256<double> abHigh = Avx.UnpackHigh(a._value, b._value).AsDouble();
        Vector256<double> cdLow = Avx.UnpackLow(c._value, d._value).AsDouble();
        Vector256<double> cdHigh = Avx.UnpackHigh(c._value, d._value).AsDouble();
        a = new(Avx.UnpackLow(abLow, cdLow).AsSingle());
        b = new(Avx.UnpackHigh(abLow, cdLow).AsSingle());
        c = new(Avx.UnpackLow(abHigh, cdHigh).AsSingle());
        d = new(Avx.UnpackHigh(abHigh, cdHigh).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void StoreQuads(float* target, long stride)
    {
        _value.GetLower().Store(target);
        _value.GetUpper().Store(target + stride);
    }
}
