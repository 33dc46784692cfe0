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
    /// <param name="idsPerRange">How many, whole tiles.</param>
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
            int x = Group.IdxX % TSide.Size;
            int y = Group.IdxX / TSide.Size;
            int firstRow = Grid.IdxX * side;
            int end = IntrinsicMath.Min(vocabulary, (Grid.IdxY + 1) * idsPerRange);
            RowWinner w0 = RowWinner.None, w1 = w0, w2 = w0, w3 = w0, w4 = w0, w5 = w0, w6 = w0, w7 = w0;
            for (int firstId = Grid.IdxY * idsPerRange; firstId < end; firstId += side)
            {
                EightLogits s0 = default, s1 = default, s2 = default, s3 = default;
                EightLogits s4 = default, s5 = default, s6 = default, s7 = default;
                for (int start = 0; start < width; start += SlabDepth)
                {
                    LoadSlab<TSide>(hidden, left, firstRow, rows, start, width);
                    LoadSlab<TSide>(embedding, right, firstId, vocabulary, start, width);
                    Group.Barrier();
                    for (int k = 0; k < SlabDepth; k++)
                    {
                        int row = k * pitch + y;
                        EightLogits e = EightLogits.Load(right, k * pitch + x, TSide.Size);
                        s0.AddProducts(left[row], e);
                        s1.AddProducts(left[row + TSide.Size], e);
                        s2.AddProducts(left[row + 2 * TSide.Size], e);
                        s3.AddProducts(left[row + 3 * TSide.Size], e);
                        s4.AddProducts(left[row + 4 * TSide.Size], e);
                        s5.AddProducts(left[row + 5 * TSide.Size], e);
                        s6.AddProducts(left[row + 6 * TSide.Size], e);
                        s7.AddProducts(left[row + 7 * TSide.Size], e);
                    }

                    Group.Barrier();
                }

                int id = firstId + x;
                w0 = s0.WinnerOr(w0, id, TSide.Size, end);
                w1 = s1.WinnerOr(w1, id, TSide.Size, end);
                w2 = s2.WinnerOr(w2, id, TSide.Size, end);
                w3 = s3.WinnerOr(w3, id, TSide.Size, end);
                w4 = s4.WinnerOr(w4, id, TSide.Size, end);
                w5 = s5.WinnerOr(w5, id, TSide.Size, end);
                w6 = s6.WinnerOr(w6, id, TSide.Size, end);
                w7 = s7.WinnerOr(w7, id, TSide.Size, end);
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
            Group.Barrier();
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
            int k = i % SlabDepth;
            float value = 0;
            if (first + row < rows && start + k < width)
            {
                value = matrix[(long)(first + row) * width + start + k];
            }

            slab[k * (TSide.Size * PerThread + 1) + row] = value;
        }
    }

    /// <summary>The winner of a row so far.</summary>
    private readonly struct RowWinner(float logit, int id)
    {
        public readonly float Logit = logit;
        public readonly int Id = id;

        public static RowWinner None => new(float.NegativeInfinity, 0);

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

    /// <summary>Logits of one row and eight ids, some distance apart, in registers.</summary>
    private struct EightLogits
    {
        private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

        private float _v0, _v1, _v2, _v3, _v4, _v5, _v6, _v7;

        [MethodImpl(Inline)]
        public static EightLogits Load(ArrayView<float> source, int at, int distance) => new()
        {
            _v0 = source[at],
            _v1 = source[at + distance],
            _v2 = source[at + 2 * distance],
            _v3 = source[at + 3 * distance],
            _v4 = source[at + 4 * distance],
            _v5 = source[at + 5 * distance],
            _v6 = source[at + 6 * distance],
            _v7 = source[at + 7 * distance],
        };

        [MethodImpl(Inline)]
        public void AddProducts(float a, in EightLogits b)
        {
            _v0 = KernelMath.FusedMultiplyAdd(a, b._v0, _v0);
            _v1 = KernelMath.FusedMultiplyAdd(a, b._v1, _v1);
            _v2 = KernelMath.FusedMultiplyAdd(a, b._v2, _v2);
            _v3 = KernelMath.FusedMultiplyAdd(a, b._v3, _v3);
            _v4 = KernelMath.FusedMultiplyAdd(a, b._v4, _v4);
            _v5 = KernelMath.FusedMultiplyAdd(a, b._v5, _v5);
            _v6 = KernelMath.FusedMultiplyAdd(a, b._v6, _v6);
            _v7 = KernelMath.FusedMultiplyAdd(a, b._v7, _v7);
        }

        [MethodImpl(Inline)]
        public readonly RowWinner WinnerOr(RowWinner winner, int id, int distance, int end) => winner
            .Or(_v0, id, end)
            .Or(_v1, id + distance, end)
            .Or(_v2, id + 2 * distance, end)
            .Or(_v3, id + 3 * distance, end)
            .Or(_v4, id + 4 * distance, end)
            .Or(_v5, id + 5 * distance, end)
            .Or(_v6, id + 6 * distance, end)
            .Or(_v7, id + 7 * distance, end);
    }
}
