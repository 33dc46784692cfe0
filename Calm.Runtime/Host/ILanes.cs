namespace Calm.Runtime;

/// <summary>
/// A register of 32-bit lanes: float arithmetic, and integer arithmetic on the same bits. A loop written once over
/// <typeparamref name="TSelf"/> compiles to AVX-512, AVX2, 128-bit and scalar code (<see cref="Lanes512"/>,
/// <see cref="Lanes256"/>, <see cref="Lanes128"/>, <see cref="Lanes1"/>); the wrappers cost nothing (docs/performance.md).
/// </summary>
/// <typeparam name="TSelf">The implementing register.</typeparam>
public unsafe interface ILanes<TSelf> : IArithmetic<TSelf> where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Number of lanes in the register.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> floats; no alignment needed.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Writes <see cref="Count"/> floats; no alignment needed.</summary>
    void Store(float* target);

    /// <summary>Sum of the lanes, by halves: a fixed order for each width.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>Greatest lane.</summary>
    static abstract float MaxElement(TSelf value);

    /// <summary>Reads <see cref="Count"/> 32-bit words as they are.</summary>
    static abstract TSelf LoadBits(uint* source);

    /// <summary>
    /// 64-bit products of the bits of the even lanes: low half in the even lane, high half in the odd lane after it. One
    /// lane has no pairs: there this, <see cref="OddToEven"/> and <see cref="InterleaveEven"/> throw.
    /// </summary>
    static abstract TSelf MultiplyEven(TSelf left, TSelf right);

    /// <summary>Each odd lane's bits in the even lane before it; the odd lanes are undefined.</summary>
    static abstract TSelf OddToEven(TSelf value);

    /// <summary>The even lanes of both: left[0], right[0], left[2], right[2] and so on.</summary>
    static abstract TSelf InterleaveEven(TSelf left, TSelf right);

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
