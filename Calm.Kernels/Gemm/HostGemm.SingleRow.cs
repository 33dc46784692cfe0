using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// Products of a row or two with weights that do not change, in generation: the weights are packed once, so that lanes hold
/// columns of C. Where lanes hold rows, as in <see cref="ThinKernel"/>, most of them would be empty.
/// </content>
internal static unsafe partial class HostGemm
{
    // With more rows the lanes of a thin product are full enough.
    private const int MostSingleRows = 2;

    // Four of the widest registers: as many sums as it takes for each addition to find its last one done.
    private const int SingleRowColumns = 64;
    private const int SumsAtOnce = 4;

    private static void MultiplySingleRows(
        HostDevice host, int rows, int depth, HostMatrix a, PackedBlocks b, ProductTiles tiles)
    {
        Chunks chunks = Chunks.Of(b.Panels, (long)SingleRowColumns * depth * rows);
        host.Team.Run(chunks.Count, new SingleRowJob(a, rows, b, tiles, chunks));
    }

    private readonly struct SingleRowJob(HostMatrix a, int rows, PackedBlocks b, ProductTiles tiles, Chunks panels)
        : IChunkJob
    {
        [SkipLocalsInit]
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* sums = stackalloc float[SingleRowColumns];
            for (int panel = (int)panels.Start(chunk); panel < panels.End(chunk); panel++)
            {
                for (int row = 0; row < rows; row++)
                {
                    for (int column = 0; column < SingleRowColumns; column += SumsAtOnce * TLanes.Count)
                    {
                        Sum<TLanes>(a.At(row, 0), panel, column, sums + column);
                    }

                    tiles.WriteRow<TLanes>(sums, row, panel * SingleRowColumns, b.Block(0).Present(panel));
                }
            }
        }

        /// <summary>Four registers of sums, in blocks of depth as everywhere.</summary>
        private void Sum<TLanes>(float* x, int panel, int column, float* sums) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes total0 = default, total1 = default, total2 = default, total3 = default;
            for (int block = 0; block < b.Count; block++)
            {
                PackedOperand operand = b.Block(block);
                float* columns = operand.Panel(panel) + column;
                TLanes s0 = TLanes.Broadcast(0), s1 = s0, s2 = s0, s3 = s0;
                for (int step = 0; step < operand.Depth; step++)
                {
                    TLanes value = TLanes.Broadcast(*x++);
                    TLanes.AddProduct(ref s0, value, TLanes.Load(columns));
                    TLanes.AddProduct(ref s1, value, TLanes.Load(columns + TLanes.Count));
                    TLanes.AddProduct(ref s2, value, TLanes.Load(columns + 2 * TLanes.Count));
                    TLanes.AddProduct(ref s3, value, TLanes.Load(columns + 3 * TLanes.Count));
                    columns += SingleRowColumns;
                }

                bool isFirst = block == 0;
                total0 = isFirst ? s0 : s0 + total0;
                total1 = isFirst ? s1 : s1 + total1;
                total2 = isFirst ? s2 : s2 + total2;
                total3 = isFirst ? s3 : s3 + total3;
            }

            total0.Store(sums);
            total1.Store(sums + TLanes.Count);
            total2.Store(sums + 2 * TLanes.Count);
            total3.Store(sums + 3 * TLanes.Count);
        }
    }
}
