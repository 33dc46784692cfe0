using System.Runtime.CompilerServices;

namespace Calm.Runtime;

/// <summary>
/// Runs of consecutive numbers of a <see cref="RandomStream"/>, for the loops of ops. The bits are those of the scalar
/// definitions on every register width and every device.
/// </summary>
public static unsafe class RandomFill
{
    private const int WordsPerBlock = 4;

    /// <summary>Uniform numbers in [0, 1) with 24 bits.</summary>
    /// <param name="stream">Whose numbers.</param>
    /// <param name="first">Index of the first.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="count">How many.</param>
    public static void Uniforms<TLanes>(RandomStream stream, ulong first, float* target, long count)
        where TLanes : unmanaged, ILanes<TLanes> =>
        Fill<TLanes, UniformTransform>(stream, first, target, count);

    /// <summary>Standard normal numbers: see <see cref="NormalTable"/>.</summary>
    /// <inheritdoc cref="Uniforms{TLanes}"/>
    public static void Normals<TLanes>(RandomStream stream, ulong first, float* target, long count)
        where TLanes : unmanaged, ILanes<TLanes> =>
        Fill<TLanes, NormalTransform>(stream, first, target, count);

    /// <summary>What becomes of 32 random bits.</summary>
    private interface ITransform
    {
        static abstract TLanes Apply<TLanes>(TLanes bits) where TLanes : unmanaged, ILanes<TLanes>;
    }

    private readonly struct UniformTransform : ITransform
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes bits) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.IntegerToFloat(TLanes.ShiftRight(bits, 8)) * TLanes.Broadcast(1f / (1 << 24));
    }

    private readonly struct NormalTransform : ITransform
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Apply<TLanes>(TLanes bits) where TLanes : unmanaged, ILanes<TLanes> =>
            NormalTable.Evaluate(bits);
    }

    private static void Fill<TLanes, TTransform>(RandomStream stream, ulong first, float* target, long count)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTransform : struct, ITransform
    {
        ulong end = first + (ulong)count;
        ulong index = first;

        // Up to the first whole block, then whole registers of blocks, then what is left.
        index = FillScalar<TTransform>(stream, index, Math.Min(end, (first + 3) / 4 * 4), target - first);
        if (TLanes.Count >= WordsPerBlock)
        {
            ulong registerWords = (ulong)(WordsPerBlock * TLanes.Count);
            for (; index + registerWords <= end; index += registerWords)
            {
                FillRegisters<TLanes, TTransform>(stream, index / WordsPerBlock, target + (index - first));
            }
        }

        FillScalar<TTransform>(stream, index, end, target - first);
    }

    private static ulong FillScalar<TTransform>(RandomStream stream, ulong index, ulong end, float* origin)
        where TTransform : struct, ITransform
    {
        Span<uint> words = stackalloc uint[WordsPerBlock];
        while (index < end)
        {
            Philox.Block(stream, index / WordsPerBlock, words);
            ulong blockEnd = Math.Min(end, (index / WordsPerBlock + 1) * WordsPerBlock);
            for (; index < blockEnd; index++)
            {
                TTransform.Apply(Lanes1.BroadcastBits(words[(int)(index % WordsPerBlock)])).Store(origin + index);
            }
        }

        return index;
    }

    /// <summary>4 * Count numbers: one block a lane, then transposed into order.</summary>
    private static void FillRegisters<TLanes, TTransform>(RandomStream stream, ulong block, float* target)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTransform : struct, ITransform
    {
        Counters<TLanes>(block, out TLanes c0, out TLanes c1);
        TLanes c2 = TLanes.BroadcastBits(stream.Step);
        TLanes c3 = TLanes.BroadcastBits(stream.Stream);
        uint key0 = (uint)stream.Seed;
        uint key1 = (uint)(stream.Seed >> 32);
        for (int round = 0; round < Philox.Rounds; round++)
        {
            TLanes.MultiplyWide(c0, Philox.Multiplier0, out TLanes high0, out TLanes low0);
            TLanes.MultiplyWide(c2, Philox.Multiplier1, out TLanes high1, out TLanes low1);
            c0 = TLanes.Xor(TLanes.Xor(high1, c1), TLanes.BroadcastBits(key0));
            c1 = low1;
            c2 = TLanes.Xor(TLanes.Xor(high0, c3), TLanes.BroadcastBits(key1));
            c3 = low0;
            key0 += Philox.Weyl0;
            key1 += Philox.Weyl1;
        }

        TLanes.TransposeQuads(ref c0, ref c1, ref c2, ref c3);
        TTransform.Apply(c0).Store(target);
        TTransform.Apply(c1).Store(target + TLanes.Count);
        TTransform.Apply(c2).Store(target + 2 * TLanes.Count);
        TTransform.Apply(c3).Store(target + 3 * TLanes.Count);
    }

    /// <summary>
    /// Block numbers of the lanes, so arranged that transposing groups of four lanes leaves the words in order: lane
    /// 4 g + i makes block i * (Count / 4) + g.
    /// </summary>
    private static void Counters<TLanes>(ulong block, out TLanes low, out TLanes high)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        uint* lows = stackalloc uint[TLanes.Count];
        uint* highs = stackalloc uint[TLanes.Count];
        int groups = TLanes.Count / 4;
        for (int group = 0; group < groups; group++)
        {
            for (int i = 0; i < 4; i++)
            {
                ulong number = block + (ulong)(i * groups + group);
                lows[4 * group + i] = (uint)number;
                highs[4 * group + i] = (uint)(number >> 32);
            }
        }

        low = TLanes.LoadBits(lows);
        high = TLanes.LoadBits(highs);
    }
}
