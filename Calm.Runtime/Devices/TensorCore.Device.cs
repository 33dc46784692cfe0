using System.Runtime.CompilerServices;
using ILGPU.IR.Intrinsics;

namespace Calm.Runtime;

/// <summary>Four floats of a thread: its part of a 16 x 8 tile of sums that a warp holds.</summary>
/// <remarks>Thread t has rows t / 4 (X, Y) and t / 4 + 8 (Z, W), columns 2 (t % 4) and the next.</remarks>
internal struct TensorSums
{
    /// <summary>The upper row.</summary>
    public float X, Y;

    /// <summary>The lower row.</summary>
    public float Z, W;
}

/// <summary>Four words of a thread, two bfloat16 each: its part of a 16 x 16 tile, or of two 16 x 8 tiles, of operands.</summary>
internal struct TensorWords
{
    /// <summary>For a left operand: (t / 4, 2 (t % 4)), then 8 rows on, 8 columns on, and both.</summary>
    public uint A, B, C, D;
}

/// <summary>
/// Tensor cores of NVIDIA GPUs (sm_80 and later) and the loads and copies that feed them, as single PTX instructions. All
/// 32 threads of a warp must execute each together. Only the PTX back end compiles kernels that use them; the emulator runs
/// the method bodies here, if its warps have 32 threads.
/// </summary>
/// <remarks>Source: PTX ISA 8.4, sections 9.7.14.5 (mma.m16n8k16, ldmatrix), 9.7.8.21 (cvt), 9.7.3.22 (ex2)
/// and 9.7.8.24 (cp.async).</remarks>
internal static partial class TensorCore
{
    /// <summary>Threads that act together.</summary>
    public const int WarpSize = 32;

    /// <summary>The least limits that kernels which use them run within: four warps, and three stages of a product.</summary>
    public static GroupLimits Needs => new(4 * WarpSize, 48 << 10);

    /// <summary>sums + a b, for a of 16 x 16 and b of 16 x 8 bfloat16; products are exact, sums float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TensorSums MultiplyAdd(TensorWords a, uint b0, uint b1, TensorSums sums) =>
        MultiplyTiles(a.A, a.B, a.C, a.D, b0, b1, sums.X, sums.Y, sums.Z, sums.W);

    /// <summary>mma.sync.m16n8k16, bfloat16 in, float32 out.</summary>
    [IntrinsicImplementation]
    private static TensorSums MultiplyTiles(
        uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, float c0, float c1, float c2, float c3) =>
        Emulated.MultiplyAdd(a0, a1, a2, a3, b0, b1, new TensorSums { X = c0, Y = c1, Z = c2, W = c3 });

    /// <summary>
    /// ldmatrix.x4: four 8 x 8 tiles of 16-bit elements from shared memory. Thread t gives the address of 16 bytes: row t % 8
    /// of tile t / 8. It gets, of each tile, the elements (t / 4, 2 (t % 4)) and the next.
    /// </summary>
    /// <param name="row">Shared memory, 16-byte aligned.</param>
    /// <param name="further">Words from there to the row: a constant, which costs no instruction.</param>
    [IntrinsicImplementation]
    public static TensorWords LoadTiles(ref uint row, int further) =>
        Emulated.LoadTiles(ref Unsafe.Add(ref row, further), isTransposed: false);

    /// <summary>ldmatrix.x4.trans: <see cref="LoadTiles"/> of tiles that lie transposed.</summary>
    /// <param name="row">Shared memory, 16-byte aligned.</param>
    /// <param name="further">Words from there to the row: a constant.</param>
    [IntrinsicImplementation]
    public static TensorWords LoadTransposedTiles(ref uint row, int further) =>
        Emulated.LoadTiles(ref Unsafe.Add(ref row, further), isTransposed: true);

    /// <summary>cp.async of 16 bytes from global to shared memory; they are there after a wait and a barrier.</summary>
    /// <param name="target">Shared memory, 16-byte aligned.</param>
    /// <param name="targetFurther">Words from there to the target: a constant, which costs no instruction.</param>
    /// <param name="source">Global memory, 16-byte aligned.</param>
    /// <param name="sourceFurther">Words from there to the source: a constant.</param>
    [IntrinsicImplementation]
    public static void CopyAsync(ref uint target, int targetFurther, ref uint source, int sourceFurther) =>
        Emulated.Copy(ref Unsafe.Add(ref target, targetFurther), ref Unsafe.Add(ref source, sourceFurther));

    /// <summary>Closes a batch of this thread's copies: cp.async.commit_group.</summary>
    [IntrinsicImplementation]
    public static void CommitCopies()
    {
    }

    /// <summary>Waits for all but this thread's latest batch of copies.</summary>
    [IntrinsicImplementation]
    public static void WaitForAllButOne()
    {
    }

    /// <summary>Waits for all of this thread's copies.</summary>
    [IntrinsicImplementation]
    public static void WaitForAll()
    {
    }

    /// <summary>
    /// cvt.rn.bf16x2: two floats as bfloat16, to nearest, ties to even, <paramref name="low"/> in the lower half of the word.
    /// NaN stays NaN.
    /// </summary>
    [IntrinsicImplementation]
    public static uint Pack(float low, float high) => BFloat16.Round(low) >> 16 | (BFloat16.Round(high) & 0xffff0000);

    /// <summary>
    /// ex2.approx: 2^x with an error of at most 2^-22, too small for bfloat16 to show; results below 2^-126 are 0. NaN stays NaN.
    /// </summary>
    [IntrinsicImplementation]
    public static float Exp2(float x) => MathF.Pow(2, x);

    /// <summary>max.f32: the greater of two numbers, in one instruction; a NaN is passed over.</summary>
    [IntrinsicImplementation]
    public static float Max(float x, float y) => float.MaxNumber(x, y);
}
