using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Calm.Runtime;

/// <summary>4 lanes in one 128-bit register (SSE, Neon and whatever else .NET maps to 128 bits).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct Lanes128 : ILanes<Lanes128>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const ulong LowerHalf = uint.MaxValue;

    private readonly Vector128<float> _value;

    [MethodImpl(Inline)]
    private Lanes128(Vector128<float> value) => _value = value;

    internal Vector128<float> Value
    {
        [MethodImpl(Inline)]
        get => _value;
    }

    private Vector128<uint> Bits
    {
        [MethodImpl(Inline)]
        get => _value.AsUInt32();
    }

    private Vector128<ulong> Pairs
    {
        [MethodImpl(Inline)]
        get => _value.AsUInt64();
    }

    /// <inheritdoc/>
    public static int Count
    {
        [MethodImpl(Inline)]
        get => 4;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Load(float* source) => new(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void Store(float* target) => _value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Broadcast(float value) => new(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 operator +(Lanes128 left, Lanes128 right) => new(left._value + right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 operator -(Lanes128 left, Lanes128 right) => new(left._value - right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 operator *(Lanes128 left, Lanes128 right) => new(left._value * right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 operator /(Lanes128 left, Lanes128 right) => new(left._value / right._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) =>
        new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void AddProduct(ref Lanes128 sum, Lanes128 a, Lanes128 b) =>
        Unsafe.AsRef(in sum._value) = Vector128.MultiplyAddEstimate(a._value, b._value, sum._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 FusedMultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) =>
        new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Sqrt(Lanes128 value) => new(Vector128.Sqrt(value._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Min(Lanes128 left, Lanes128 right) =>
        new(Vector128.MinNative(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Max(Lanes128 left, Lanes128 right) =>
        new(Vector128.MaxNative(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Round(Lanes128 value) => new(Vector128.Round(value._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 ScaleByPowerOfTwo(Lanes128 value, Lanes128 exponent)
    {
        // Two factors, each a normal float, so that overflow and gradual underflow come out right.
        Vector128<int> whole = Vector128.ConvertToInt32Native(exponent._value);
        Vector128<int> half = whole >> 1;
        Vector128<int> bias = Vector128.Create(127);
        return new(value._value * ((half + bias) << 23).AsSingle() * ((whole - half + bias) << 23).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 GreaterThan(Lanes128 left, Lanes128 right) =>
        new(Vector128.GreaterThan(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Equal(Lanes128 left, Lanes128 right) =>
        new(Vector128.Equals(left._value, right._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Select(Lanes128 mask, Lanes128 whenSet, Lanes128 otherwise) =>
        new(Vector128.ConditionalSelect(mask._value, whenSet._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float Sum(Lanes128 value) => Sum(value._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float MaxElement(Lanes128 value) => MaxElement(value._value);

    [MethodImpl(Inline)]
    internal static float Sum(Vector128<float> value)
    {
        Vector128<float> pairs = value + Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1));
        return pairs.GetElement(0) + pairs.GetElement(1);
    }

    [MethodImpl(Inline)]
    internal static float MaxElement(Vector128<float> value)
    {
        Vector128<float> pairs = Vector128.Max(value, Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(pairs.GetElement(0), pairs.GetElement(1));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 BroadcastBits(uint bits) => new(Vector128.Create(bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 LoadBits(uint* source) => new(Vector128.Load(source).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 AddBits(Lanes128 left, Lanes128 right) => new((left.Bits + right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 SubtractBits(Lanes128 left, Lanes128 right) =>
        new((left.Bits - right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 And(Lanes128 left, Lanes128 right) => new((left.Bits & right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Or(Lanes128 left, Lanes128 right) => new((left.Bits | right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 Xor(Lanes128 left, Lanes128 right) => new((left.Bits ^ right.Bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 ShiftLeft(Lanes128 value, int count) => new((value.Bits << count).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 ShiftRight(Lanes128 value, int count) => new((value.Bits >>> count).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 MultiplyEven(Lanes128 left, Lanes128 right) =>
        new(
            Sse2.IsSupported
                ? Sse2.Multiply(left.Bits, right.Bits).AsSingle()
                : ((left.Pairs & Vector128.Create(LowerHalf)) * (right.Pairs & Vector128.Create(LowerHalf))).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 OddToEven(Lanes128 value) => new((value.Pairs >>> 32).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 InterleaveEven(Lanes128 left, Lanes128 right) =>
        new(((left.Pairs & Vector128.Create(LowerHalf)) | (right.Pairs << 32)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 IntegerToFloat(Lanes128 bits) =>
        new(Vector128.ConvertToSingle(bits._value.AsInt32()));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128 FloatToInteger(Lanes128 value) =>
        new(Vector128.ConvertToInt32Native(value._value).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void GatherQuads(
        float* table, Lanes128 index, out Lanes128 a, out Lanes128 b, out Lanes128 c, out Lanes128 d)
    {
        LoadQuads(table, index.Pairs, out a, out b, out c, out d);
        TransposeQuads(ref a, ref b, ref c, ref d);
    }

    [MethodImpl(Inline)]
    internal static void LoadQuads(
        float* table, Vector128<ulong> index, out Lanes128 a, out Lanes128 b, out Lanes128 c, out Lanes128 d)
    {
        // Two indices leave the register in one move.
        ulong lower = index.ToScalar();
        ulong upper = index.GetElement(1);
        a = Load(table + (uint)lower);
        b = Load(table + (lower >> 32));
        c = Load(table + (uint)upper);
        d = Load(table + (upper >> 32));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void TransposeQuads(ref Lanes128 a, ref Lanes128 b, ref Lanes128 c, ref Lanes128 d)
    {
        Vector128<double> abLow = InterleaveLower(a._value, b._value).AsDouble();
        Vector128<double> abHigh = InterleaveUpper(a._value, b._value).AsDouble();
        Vector128<double> cdLow = InterleaveLower(c._value, d._value).AsDouble();
        Vector128<double> cdHigh = InterleaveUpper(c._value, d._value).AsDouble();
        a = new(LowerHalves(abLow, cdLow).AsSingle());
        b = new(UpperHalves(abLow, cdLow).AsSingle());
        c = new(LowerHalves(abHigh, cdHigh).AsSingle());
        d = new(UpperHalves(abHigh, cdHigh).AsSingle());
    }

    [MethodImpl(Inline)]
    private static Vector128<float> InterleaveLower(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported
            ? Sse.UnpackLow(left, right)
            : Vector128.Create(left.GetElement(0), right.GetElement(0), left.GetElement(1), right.GetElement(1));

    [MethodImpl(Inline)]
    private static Vector128<float> InterleaveUpper(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported
            ? Sse.UnpackHigh(left, right)
            : Vector128.Create(left.GetElement(2), right.GetElement(2), left.GetElement(3), right.GetElement(3));

    [MethodImpl(Inline)]
    private static Vector128<double> LowerHalves(Vector128<double> left, Vector128<double> right) =>
        Sse2.IsSupported ? Sse2.UnpackLow(left, right) : Vector128.Create(left.GetLower(), right.GetLower());

    [MethodImpl(Inline)]
    private static Vector128<double> UpperHalves(Vector128<double> left, Vector128<double> right) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(left, right) : Vector128.Create(left.GetUpper(), right.GetUpper());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void StoreQuads(float* target, long stride)
    {
        _value.Store(target);
    }
}
