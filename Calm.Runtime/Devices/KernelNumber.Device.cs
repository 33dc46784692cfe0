using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Runtime;

/// <summary>
/// One float of one thread of a kernel. Formulas over <see cref="IArithmetic{TSelf}"/> run on it in kernels with the same
/// operations as on the host.
/// </summary>
public readonly struct KernelNumber : IKernelLanes<KernelNumber>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // Adding and taking away 1.5 * 2^23 leaves no room for a fraction: the sum was rounded to the nearest even integer.
    private const float Rounder = 12582912f;

    /// <summary>A number.</summary>
    [MethodImpl(Inline)]
    public KernelNumber(float value) => Value = value;

    /// <summary>As a float.</summary>
    public float Value { get; }

    /// <summary>Its bits.</summary>
    public uint Bits
    {
        [MethodImpl(Inline)]
        get => Interop.FloatAsInt(Value);
    }

    /// <summary>The number with these bits.</summary>
    [MethodImpl(Inline)]
    public static KernelNumber FromBits(uint bits) => new(Interop.IntAsFloat(bits));

    /// <inheritdoc/>
    public static int Count => 1;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Load(ArrayView<float> source, long at) => new(source[at]);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Store(KernelNumber value, ArrayView<float> target, long at) => target[at] = value.Value;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber LoadBelow(ArrayView<float> source, long at, int first, int end) =>
        new(end > first ? source[at + first] : 0);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void StoreBelow(KernelNumber value, ArrayView<float> target, long at, int first, int end)
    {
        if (end > first)
        {
            target[at + first] = value.Value;
        }
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Broadcast(float value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber BroadcastBits(uint bits) => FromBits(bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber operator +(KernelNumber left, KernelNumber right) => new(left.Value + right.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber operator -(KernelNumber left, KernelNumber right) => new(left.Value - right.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber operator *(KernelNumber left, KernelNumber right) => new(left.Value * right.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber operator /(KernelNumber left, KernelNumber right) => new(left.Value / right.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber MultiplyAdd(KernelNumber a, KernelNumber b, KernelNumber c) => FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void AddProduct(ref KernelNumber sum, KernelNumber a, KernelNumber b) => sum = FusedMultiplyAdd(a, b, sum);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber FusedMultiplyAdd(KernelNumber a, KernelNumber b, KernelNumber c) =>
        new(KernelMath.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Sqrt(KernelNumber value) => new(MathF.Sqrt(value.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Min(KernelNumber left, KernelNumber right) => left.Value < right.Value ? left : right;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Max(KernelNumber left, KernelNumber right) => left.Value > right.Value ? left : right;

    /// <inheritdoc/>
    /// <remarks>For magnitudes below 2^22.</remarks>
    [MethodImpl(Inline)]
    public static KernelNumber Round(KernelNumber value) => new(value.Value + Rounder - Rounder);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber ScaleByPowerOfTwo(KernelNumber value, KernelNumber exponent)
    {
        int whole = (int)exponent.Value;
        int half = whole >> 1;
        return new(value.Value * PowerOfTwo(half) * PowerOfTwo(whole - half));
    }

    [MethodImpl(Inline)]
    private static float PowerOfTwo(int exponent) => Interop.IntAsFloat((uint)(exponent + 127) << 23);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber GreaterThan(KernelNumber left, KernelNumber right) => Mask(left.Value > right.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Equal(KernelNumber left, KernelNumber right) => Mask(left.Value == right.Value);

    [MethodImpl(Inline)]
    private static KernelNumber Mask(bool set) => FromBits(set ? uint.MaxValue : 0u);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Select(KernelNumber mask, KernelNumber whenSet, KernelNumber otherwise) =>
        mask.Bits != 0 ? whenSet : otherwise;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber AddBits(KernelNumber left, KernelNumber right) => FromBits(left.Bits + right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber SubtractBits(KernelNumber left, KernelNumber right) => FromBits(left.Bits - right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber And(KernelNumber left, KernelNumber right) => FromBits(left.Bits & right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Or(KernelNumber left, KernelNumber right) => FromBits(left.Bits | right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber Xor(KernelNumber left, KernelNumber right) => FromBits(left.Bits ^ right.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber ShiftLeft(KernelNumber value, int count) => FromBits(value.Bits << count);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber ShiftRight(KernelNumber value, int count) => FromBits(value.Bits >> count);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber IntegerToFloat(KernelNumber bits) => new((float)(int)bits.Bits);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static KernelNumber FloatToInteger(KernelNumber value) => FromBits((uint)(int)value.Value);
}
