using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The kernels of GPUs: a square group of threads computes square tiles of logits from slabs of both operands in shared
/// memory, eight rows by eight ids a thread, and each thread keeps the winner of each of its rows.
/// </content>
public static partial class VocabularyArgMax
{
    private const int PerThread = 8;
    private const int SlabDepth = 16;

    // Groups that a launch should have: a few for each of a large GPU's units.
    private const int WantedGroups = 512;

    internal readonly struct Side4 : IGroupSize
    {
        public static int Size => 4;
    }

    internal readonly struct Side8 : IGroupSize
    {
        public static int Size => 8;
    }

    internal readonly struct Side16 : IGroupSize
    {
        public static int Size => 16;
    }

    private readonly partial struct Forward
    {
        private Winners FindTiled<TSide>(IlgpuDevice gpu) where TSide : struct, IGroupSize
        {
            int side = TSide.Size * PerThread;
            int rowTiles = (hidden.Rows + side - 1) / side;
            int idTiles = (embedding.Rows + side - 1) / side;
            int tilesPerRange = Math.Max(1, (int)((long)idTiles * rowTiles / WantedGroups));
            int ranges = (idTiles + tilesPerRange - 1) / tilesPerRange;
            Winners winners = Winners.Rent(tape, ranges, rowTiles * side);
            gpu.Launch(
                new KernelConfig(new Index2D(rowTiles, ranges), new Index2D(TSide.Size * TSide.Size, 1)),
                new FindTiledKernel<TSide>(
                    hidden.View(), embedding.View(), winners.Logits.View(), winners.Ids.IntegerView(), hidden.Rows,
                    embedding.Rows, hidden.Columns, tilesPerRange * side));
            return winners;
        }
    }

    /// <summary>The greatest logit of each row of a tile within a range of ids, and the first id that has it.</summary>
    /// <param name="hidden">In, [R, d].</param>
    /// <param name="embedding">In, [V, d].</param>
    /// <param name="logits">Out, [ranges, row tiles * side].</param>
    /// <param name="ids">Out, the same shape.</param>
    /// <param name="rows">R.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="width">d.</param>
    /// <param name="idsPerRange">Number of ids in a range: whole tiles.</param>
    /// <remarks>
    /// Launch: a group of TSide^2 threads for a tile of rows (x) and a range (y). Shared memory: two slabs and the winners of
    /// each thread, 24.6 KB at 16 by 16 threads. Bound by arithmetic: 16 numbers are read for 64 products. A thread's rows
    /// and ids are TSide apart, so that neighbouring threads read neighbouring banks. Numerics: fused, in the order of d; a NaN
    /// is never greater and so never wins. Definition: VocabularyArgMax.Reference.
    /// </remarks>
    internal readonly struct FindTiledKernel<TSide>(
        ArrayView<float> hidden, ArrayView<float> embedding, ArrayView<float> logits, ArrayView<int> ids, int rows,
        int vocabulary, int width, int idsPerRange) : IKernel
        where TSide : struct, IGroupSize
    {
        public void Run()
        {
            int side = TSide.Size * PerThread;
            int pitch = side + 1;
            ArrayView<float> left = SharedMemory.Allocate<float>(SlabDepth * (TSide.Size * PerThread + 1));
            ArrayView<float> right = SharedMemory.Allocate<float>(SlabDepth * (TSide.Size * PerThread + 1));
            ArrayView<int> winners = SharedMemory.Allocate<int>(TSide.Size * TSide.Size * PerThread);
            int x = Group.IdxX & (TSide.Size - 1);
            int y = Group.IdxX / TSide.Size;
            int firstRow = Grid.IdxX * side;
            int end = IntrinsicMath.Min(vocabulary, (Grid.IdxY + 1) * idsPerRange);
            RowWinner w0 = RowWinner.None, w1 = w0, w2 = w0, w3 = w0, w4 = w0, w5 = w0, w6 = w0, w7 = w0;
            for (int firstId = Grid.IdxY * idsPerRange; firstId < end; firstId += side)
            {
                Lanes8 s0 = default, s1 = default, s2 = default, s3 = default;
                Lanes8 s4 = default, s5 = default, s6 = default, s7 = default;
                for (int start = 0; start < width; start += SlabDepth)
                {
                    LoadSlab<TSide>(hidden, left, firstRow, rows, start, width);
                    LoadSlab<TSide>(embedding, right, firstId, vocabulary, start, width);
                    KernelGroup.Barrier();
                    for (int k = 0; k < SlabDepth; k++)
                    {
                        int row = k * pitch + y;
                        Lanes8 e = LoadEight(right, k * pitch + x, TSide.Size);
                        s0 = Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(left[row]), e, s0);
                        s1 = Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(left[row + TSide.Size]), e, s1);
                        s2 = Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(left[row + 2 * TSide.Size]), e, s2);
                        s3 = Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(left[row + 3 * TSide.Size]), e, s3);
                        s4 = Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(left[row + 4 * TSide.Size]), e, s4);
                        s5 = Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(left[row + 5 * TSide.Size]), e, s5);
                        s6 = Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(left[row + 6 * TSide.Size]), e, s6);
                        s7 = Lanes8.FusedMultiplyAdd(Lanes8.Broadcast(left[row + 7 * TSide.Size]), e, s7);
                    }

                    KernelGroup.Barrier();
                }

                int id = firstId + x;
                w0 = w0.Or(s0, id, TSide.Size, end);
                w1 = w1.Or(s1, id, TSide.Size, end);
                w2 = w2.Or(s2, id, TSide.Size, end);
                w3 = w3.Or(s3, id, TSide.Size, end);
                w4 = w4.Or(s4, id, TSide.Size, end);
                w5 = w5.Or(s5, id, TSide.Size, end);
                w6 = w6.Or(s6, id, TSide.Size, end);
                w7 = w7.Or(s7, id, TSide.Size, end);
            }

            // Each row's winners, one a thread, side by side: row r of the tile at r * TSide.
            int slot = y * TSide.Size + x;
            int step = TSide.Size * TSide.Size;
            w0.Put(left, winners, slot);
            w1.Put(left, winners, slot + step);
            w2.Put(left, winners, slot + 2 * step);
            w3.Put(left, winners, slot + 3 * step);
            w4.Put(left, winners, slot + 4 * step);
            w5.Put(left, winners, slot + 5 * step);
            w6.Put(left, winners, slot + 6 * step);
            w7.Put(left, winners, slot + 7 * step);
            KernelGroup.Barrier();
            for (int row = Group.IdxX; row < side; row += step)
            {
                RowWinner best = RowWinner.None;
                for (int thread = 0; thread < TSide.Size; thread++)
                {
                    best = best.OrEarlier(left[row * TSide.Size + thread], winners[row * TSide.Size + thread]);
                }

                long at = (long)Grid.IdxY * Grid.DimX * side + firstRow + row;
                logits[at] = best.Logit;
                ids[at] = best.Id;
            }
        }
    }

    /// <summary>slab[k, i] = matrix[first + i, start + k], zero beyond its edges.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadSlab<TSide>(
        ArrayView<float> matrix, ArrayView<float> slab, int first, int rows, int start, int width)
        where TSide : struct, IGroupSize
    {
        for (int i = Group.IdxX; i < TSide.Size * PerThread * SlabDepth; i += TSide.Size * TSide.Size)
        {
            int row = i / SlabDepth;
            int k = i & (SlabDepth - 1);
            float value = 0;
            if (first + row < rows && start + k < width)
            {
                value = matrix[(long)(first + row) * width + start + k];
            }

            slab[k * (TSide.Size * PerThread + 1) + row] = value;
        }
    }

    /// <summary>Eight numbers, some distance apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes8 LoadEight(ArrayView<float> source, int at, int distance) => new(
        Lanes4.Of(source[at], source[at + distance], source[at + 2 * distance], source[at + 3 * distance]),
        Lanes4.Of(
            source[at + 4 * distance], source[at + 5 * distance], source[at + 6 * distance], source[at + 7 * distance]));

    /// <summary>The winner of a row so far.</summary>
    private readonly struct RowWinner(float logit, int id)
    {
        public readonly float Logit = logit;
        public readonly int Id = id;

        public static RowWinner None => new(float.NegativeInfinity, 0);

        /// <summary>The winner among this and eight later ids, some distance apart: one of them must be greater.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public RowWinner Or(Lanes8 logits, int id, int distance, int end) => this
            .Or(logits.Low.X, id, end)
            .Or(logits.Low.Y, id + distance, end)
            .Or(logits.Low.Z, id + 2 * distance, end)
            .Or(logits.Low.W, id + 3 * distance, end)
            .Or(logits.High.X, id + 4 * distance, end)
            .Or(logits.High.Y, id + 5 * distance, end)
            .Or(logits.High.Z, id + 6 * distance, end)
            .Or(logits.High.W, id + 7 * distance, end);

        /// <summary>The winner among this and a later id: that must be greater.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public RowWinner Or(float logit, int id, int end)
        {
            bool wins = logit > Logit && id < end;
            return new RowWinner(wins ? logit : Logit, wins ? id : Id);
        }

        /// <summary>The winner among this and another, which also wins if it is equal and its id is less.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public RowWinner OrEarlier(float logit, int id)
        {
            bool wins = logit > Logit || (logit == Logit && id < Id);
            return new RowWinner(wins ? logit : Logit, wins ? id : Id);
        }

        /// <summary>Writes it for the other threads.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Put(ArrayView<float> logits, ArrayView<int> ids, int slot)
        {
            logits[slot] = Logit;
            ids[slot] = Id;
        }
    }
}
