namespace Calm.Runtime;

/// <summary>
/// A register of 32-bit lanes: float arithmetic, and integer arithmetic on the same bits. A loop written once over
/// <typeparamref name="TSelf"/> compiles to AVX-512, AVX2, 128-bit and scalar code (<see cref="Lanes512"/>,
/// <see cref="Lanes256"/>, <see cref="Lanes128"/>, <see cref="Lanes1"/>); the wrappers cost nothing (docs/performance.md).
/// </summary>
/// <typeparam name="TSelf">The implementing register.</typeparam>
public unsafe interface ILanes<TSelf> where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>How many lanes the register has.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> floats; no alignment needed.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Writes <see cref="Count"/> floats; no alignment needed.</summary>
    void Store(float* target);

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

    /// <summary>Sum of the lanes, by halves: a fixed order for each width.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>Greatest lane.</summary>
    static abstract float MaxElement(TSelf value);

    /// <summary>Every lane set to these bits.</summary>
    static abstract TSelf BroadcastBits(uint bits);

    /// <summary>Reads <see cref="Count"/> 32-bit words as they are.</summary>
    static abstract TSelf LoadBits(uint* source);

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

    /// <summary>
    /// 64-bit products of the bits of the even lanes: low half in the even lane, high half in the odd lane after it. One
    /// lane has no pairs: there this, <see cref="OddToEven"/> and <see cref="InterleaveEven"/> throw.
    /// </summary>
    static abstract TSelf MultiplyEven(TSelf left, TSelf right);

    /// <summary>Each odd lane's bits in the even lane before it; the odd lanes are undefined.</summary>
    static abstract TSelf OddToEven(TSelf value);

    /// <summary>The even lanes of both: left[0], right[0], left[2], right[2] and so on.</summary>
    static abstract TSelf InterleaveEven(TSelf left, TSelf right);

    /// <summary>The lane's bits as a signed integer, rounded to the nearest float.</summary>
    static abstract TSelf IntegerToFloat(TSelf bits);

    /// <summary>A float that holds an integer of magnitude below 2^31, as integer bits.</summary>
    static abstract TSelf FloatToInteger(TSelf value);

    /// <summary>
    /// Four consecutive floats for each lane: lane i of <paramref name="a"/> is table[index[i]], of <paramref name="b"/>
    /// the float after it, and so on.
    /// </summary>
    static abstract void GatherQuads(
        float* table, TSelf index, out TSelf a, out TSelf b, out TSelf c, out TSelf d);

    /// <summary>
    /// In each group of four lanes, transposes the 4 x 4 matrix whose rows are a, b, c, d. One lane has no groups: there
    /// this and <see cref="StoreQuads"/> throw.
    /// </summary>
    static abstract void TransposeQuads(ref TSelf a, ref TSelf b, ref TSelf c, ref TSelf d);

    /// <summary>Writes each group of four lanes to its own place: group g to target + g * stride.</summary>
    void StoreQuads(float* target, long stride);
}
