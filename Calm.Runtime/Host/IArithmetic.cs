namespace Calm.Runtime;

/// <summary>
/// Float arithmetic, and integer arithmetic on the same 32 bits. A formula written over it runs on every register width of
/// the host (<see cref="ILanes{TSelf}"/>) and in one thread of a kernel.
/// </summary>
/// <typeparam name="TSelf">The implementing number or register.</typeparam>
public interface IArithmetic<TSelf> where TSelf : unmanaged, IArithmetic<TSelf>
{
    /// <summary>Every lane set to <paramref name="value"/>.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>Sum lane by lane.</summary>
    static abstract TSelf operator +(TSelf left, TSelf right);

    /// <summary>Difference lane by lane.</summary>
    static abstract TSelf operator -(TSelf left, TSelf right);

    /// <summary>Product lane by lane.</summary>
    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>Quotient lane by lane.</summary>
    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>a * b + c: fused where the machine fuses, two roundings elsewhere.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>
    /// sum = a * b + sum, the same number as <see cref="MultiplyAdd"/>. For innermost loops: it compiles to the
    /// instruction that adds in place, where an assignment leaves a move behind for each sum.
    /// </summary>
    static abstract void AddProduct(ref TSelf sum, TSelf a, TSelf b);

    /// <summary>a * b + c with one rounding on every machine (in software where it must be).</summary>
    static abstract TSelf FusedMultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>Correctly rounded square root.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>The lesser of the two. A NaN on the right comes out; one on the left may not.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>The greater of the two. A NaN on the right comes out; one on the left may not.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>To the nearest integer, halves to even.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary>value * 2^exponent for integral exponents in [-252, 252]; underflow is gradual.</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf value, TSelf exponent);

    /// <summary>All bits set in the lanes where left &gt; right, none elsewhere (NaN: none).</summary>
    static abstract TSelf GreaterThan(TSelf left, TSelf right);

    /// <summary>All bits set in the lanes where left == right, none elsewhere (NaN: none).</summary>
    static abstract TSelf Equal(TSelf left, TSelf right);

    /// <summary><paramref name="whenSet"/> where the mask's bits are set, else <paramref name="otherwise"/>.</summary>
    static abstract TSelf Select(TSelf mask, TSelf whenSet, TSelf otherwise);

    /// <summary>Every lane set to these bits.</summary>
    static abstract TSelf BroadcastBits(uint bits);

    /// <summary>Integer sum of the bits, modulo 2^32.</summary>
    static abstract TSelf AddBits(TSelf left, TSelf right);

    /// <summary>Integer difference of the bits, modulo 2^32.</summary>
    static abstract TSelf SubtractBits(TSelf left, TSelf right);

    /// <summary>Bitwise and.</summary>
    static abstract TSelf And(TSelf left, TSelf right);

    /// <summary>Bitwise or.</summary>
    static abstract TSelf Or(TSelf left, TSelf right);

    /// <summary>Bitwise exclusive or.</summary>
    static abstract TSelf Xor(TSelf left, TSelf right);

    /// <summary>Shifts the bits of each lane left.</summary>
    static abstract TSelf ShiftLeft(TSelf value, int count);

    /// <summary>Shifts the bits of each lane right, filling with zeros.</summary>
    static abstract TSelf ShiftRight(TSelf value, int count);

    /// <summary>The lane's bits as a signed integer, rounded to the nearest float.</summary>
    static abstract TSelf IntegerToFloat(TSelf bits);

    /// <summary>A float that holds an integer of magnitude below 2^31, as integer bits.</summary>
    static abstract TSelf FloatToInteger(TSelf value);
}
