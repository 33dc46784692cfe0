using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Runtime;

/// <content>The instructions on the emulator: the threads of a warp exchange values through memory of the first.</content>
internal static partial class TensorCore
{
    private static unsafe class Emulated
    {
        private const int RowWords = 4;

        public static TensorSums MultiplyAdd(uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, TensorSums sums)
        {
            const int words = 6;
            uint* own = stackalloc uint[words * WarpSize];
            uint* board = Meet(own);
            uint* mine = board + words * Warp.LaneIdx;
            (mine[0], mine[1], mine[2], mine[3], mine[4], mine[5]) = (a0, a1, a2, a3, b0, b1);
            Warp.Barrier();
            int row = Warp.LaneIdx / 4;
            int column = Warp.LaneIdx % 4 * 2;
            for (int quad = 0; quad < 8; quad++)
            {
                // Steps of depth 2 quad and the next: which thread of four has them, in which of its words.
                (int thread, int half) = (quad % 4, quad / 4);
                uint upper = board[(row * 4 + thread) * words + 2 * half];
                uint lower = board[(row * 4 + thread) * words + 2 * half + 1];
                uint left = board[(column * 4 + thread) * words + 4 + half];
                uint right = board[(column * 4 + 4 + thread) * words + 4 + half];
                sums.X = AddProducts(sums.X, upper, left);
                sums.Y = AddProducts(sums.Y, upper, right);
                sums.Z = AddProducts(sums.Z, lower, left);
                sums.W = AddProducts(sums.W, lower, right);
            }

            Warp.Barrier();
            return sums;
        }

        public static TensorWords LoadTiles(ref uint row, bool isTransposed)
        {
            uint* own = stackalloc uint[RowWords * WarpSize];
            uint* board = Meet(own);
            Copy(ref board[RowWords * Warp.LaneIdx], ref row);
            Warp.Barrier();
            TensorWords words = new()
            {
                A = Word(board, 0, isTransposed),
                B = Word(board, 1, isTransposed),
                C = Word(board, 2, isTransposed),
                D = Word(board, 3, isTransposed),
            };
            Warp.Barrier();
            return words;
        }

        public static void Copy(ref uint target, ref uint source)
        {
            for (int i = 0; i < RowWords; i++)
            {
                Unsafe.Add(ref target, i) = Unsafe.Add(ref source, i);
            }
        }

        /// <summary>The first thread's memory, which all write to.</summary>
        private static uint* Meet(uint* own) => (uint*)Warp.Shuffle((long)own, 0);

        private static uint Word(uint* board, int tile, bool isTransposed)
        {
            ushort* elements = (ushort*)(board + tile * 8 * RowWords);
            int row = Warp.LaneIdx / 4;
            int column = Warp.LaneIdx % 4 * 2;
            return isTransposed
                ? elements[column * 8 + row] | (uint)elements[(column + 1) * 8 + row] << 16
                : elements[row * 8 + column] | (uint)elements[row * 8 + column + 1] << 16;
        }

        private static float AddProducts(float sum, uint left, uint right)
        {
            sum = MathF.FusedMultiplyAdd(Low(left), Low(right), sum);
            return MathF.FusedMultiplyAdd(High(left), High(right), sum);
        }

        private static float Low(uint word) => BitConverter.UInt32BitsToSingle(word << 16);

        private static float High(uint word) => BitConverter.UInt32BitsToSingle(word & 0xffff0000);
    }
}
