using System.Runtime.CompilerServices;

namespace Calm.Runtime;

/// <summary>
/// Runs of consecutive numbers of a <see cref="RandomStream"/>, for the loops of ops. The bits are those of the scalar
/// definitions on every register width and every device.
/// </summary>
/// <remarks>
/// Random words are written first and turned into numbers in place: two short loops overlap better in the machine than
/// one long one, whose ten rounds each wait for the one before.
/// </remarks>
public static unsafe class RandomFill
{
    private const int WordsPerBlock = 4;

    // Numbers whose words are made before they are turned into numbers: they stay in the first cache.
    private const int BatchSize = 1024;

    /// <summary>Uniform numbers in [0, 1) with 24 bits.</summary>
    /// <param name="stream">The stream of the numbers.</param>
    /// <param name="first">Index of the first.</param>
    /// <param name="target">Receives the numbers.</param>
    /// <param name="count">Number of numbers.</param>
    public static void Uniforms<TLanes>(RandomStream stream, ulong first, float* target, long count)
        where TLanes : unmanaged, ILanes<TLanes> =>
        Fill<TLanes, UniformTransform>(stream, first, target, count);

    /// <summary>Standard normal numbers: see <see cref="NormalTable"/>.</summary>
    /// <inheritdoc cref="Uniforms{TLanes}"/>
    public static void Normals<TLanes>(RandomStream stream, ulong first, float* target, long count)
        where TLanes : unmanaged, ILanes<TLanes> =>
        Fill<TLanes, NormalTransform>(stream, first, target, count);

    /// <summary>A map from 32 random bits to a number.</summary>
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
        for (long done = 0; done < count; done += BatchSize)
        {
            int batch = (int)Math.Min(BatchSize, count - done);
            Words<TLanes>(stream, first + (ulong)done, (uint*)target + done, batch);
            int whole = batch & -TLanes.Count;
            Transform<TLanes, TTransform>(target + done, 0, whole);
            Transform<Lanes1, TTransform>(target + done, whole, batch);
        }
    }

    private static void Transform<TLanes, TTransform>(float* target, int start, int end)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTransform : struct, ITransform
    {
        for (int i = start; i < end; i += TLanes.Count)
        {
            TTransform.Apply(TLanes.LoadBits((uint*)target + i)).Store(target + i);
        }
    }

    /// <summary>
    /// Random words, a group of 4 * Count at a time; where a run does not start with a block or end with a group, the
    /// group is made aside and its part copied.
    /// </summary>
    [SkipLocalsInit]
    private static void Words<TLanes>(RandomStream stream, ulong first, uint* target, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int groupSize = WordsPerBlock * TLanes.Count;
        uint* aside = stackalloc uint[groupSize];
        uint* keys = stackalloc uint[2 * Philox.Rounds];
        for (uint round = 0; round < Philox.Rounds; round++)
        {
            keys[2 * round] = (uint)stream.Seed + round * Philox.Weyl0;
            keys[2 * round + 1] = (uint)(stream.Seed >> 32) + round * Philox.Weyl1;
        }

        TLanes blockOffsets = BlockOffsets<TLanes>();
        while (count > 0)
        {
            ulong block = first / WordsPerBlock;
            int skipped = (int)(first % WordsPerBlock);
            int made = Math.Min(count, groupSize - skipped);
            uint* group = made == groupSize ? target : aside;
            if (TLanes.Count > 1 && (uint)block <= uint.MaxValue - (uint)TLanes.Count)
            {
                Group(stream, keys, block, blockOffsets, group);
            }
            else
            {
                // One lane, or lanes that do not share the high word of their counters.
                for (int i = 0; i < TLanes.Count; i++)
                {
                    Philox.Block(stream, block + (ulong)i, new Span<uint>(group + 4 * i, WordsPerBlock));
                }
            }

            if (group == aside)
            {
                new Span<uint>(aside + skipped, made).CopyTo(new Span<uint>(target, made));
            }

            first += (ulong)made;
            target += made;
            count -= made;
        }
    }

    /// <summary>
    /// The words of Count consecutive blocks: two sets of Count / 2, each block in a pair of lanes because the machine
    /// multiplies even lanes into pairs.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Group<TLanes>(
        RandomStream stream, uint* keys, ulong block, TLanes blockOffsets, uint* target)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes a0 = TLanes.AddBits(TLanes.BroadcastBits((uint)block), blockOffsets);
        TLanes a1 = TLanes.BroadcastBits((uint)(block >> 32));
        TLanes a2 = TLanes.BroadcastBits(stream.Step);
        TLanes a3 = TLanes.BroadcastBits(stream.Stream);
        TLanes b0 = TLanes.AddBits(a0, TLanes.BroadcastBits((uint)TLanes.Count / 4));
        TLanes b1 = a1, b2 = a2, b3 = a3;
        for (int round = 0; round < Philox.Rounds; round++)
        {
            TLanes key0 = TLanes.BroadcastBits(keys[2 * round]);
            TLanes key1 = TLanes.BroadcastBits(keys[2 * round + 1]);
            Mix(key0, key1, ref a0, ref a1, ref a2, ref a3);
            Mix(key0, key1, ref b0, ref b1, ref b2, ref b3);
        }

        TLanes w0 = TLanes.InterleaveEven(a0, b0);
        TLanes w1 = TLanes.InterleaveEven(a1, b1);
        TLanes w2 = TLanes.InterleaveEven(a2, b2);
        TLanes w3 = TLanes.InterleaveEven(a3, b3);
        TLanes.TransposeQuads(ref w0, ref w1, ref w2, ref w3);
        w0.Store((float*)target);
        w1.Store((float*)target + TLanes.Count);
        w2.Store((float*)target + 2 * TLanes.Count);
        w3.Store((float*)target + 3 * TLanes.Count);
    }

    /// <summary>One round of <see cref="Philox"/> on the even lanes; what is left in the odd ones is never read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix<TLanes>(
        TLanes key0, TLanes key1, ref TLanes c0, ref TLanes c1, ref TLanes c2, ref TLanes c3)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes product0 = TLanes.MultiplyEven(c0, TLanes.BroadcastBits(Philox.Multiplier0));
        TLanes product1 = TLanes.MultiplyEven(c2, TLanes.BroadcastBits(Philox.Multiplier1));
        c0 = TLanes.Xor(TLanes.OddToEven(product1), TLanes.Xor(c1, key0));
        c1 = product1;
        c2 = TLanes.Xor(TLanes.OddToEven(product0), TLanes.Xor(c3, key1));
        c3 = product0;
    }

    /// <summary>
    /// Blocks of the first set's even lanes, so arranged that transposing groups of four lanes leaves the words of both
    /// sets in order: lane 4 g + 2 h makes block 2 h * (Count / 4) + g, the same lane of the second set the block
    /// Count / 4 later.
    /// </summary>
    private static TLanes BlockOffsets<TLanes>() where TLanes : unmanaged, ILanes<TLanes>
    {
        uint* offsets = stackalloc uint[TLanes.Count];
        for (int lane = 0; lane < TLanes.Count; lane++)
        {
            offsets[lane] = (uint)(lane / 4 + lane % 4 * (TLanes.Count / 4));
        }

        return TLanes.LoadBits(offsets);
    }
}
