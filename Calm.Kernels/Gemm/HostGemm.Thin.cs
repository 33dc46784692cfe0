using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// Products with few rows and a B stored by columns: y = x W^T in generation. Packing W would take as long as the
/// product itself, so it is read where it lies: README.md of this folder has the numbers.
/// </content>
internal static unsafe partial class HostGemm
{
    private static void MultiplyThin(
        HostDevice host, int rows, int columns, int depth, HostMatrix a, HostMatrix b, ProductTiles tiles)
    {
        int lanes = host.Instructions switch
        {
            InstructionSet.Vector512 => ThinKernel.Lanes<Lanes512>(),
            InstructionSet.Vector256 => ThinKernel.Lanes<Lanes256>(),
            InstructionSet.Vector128 => ThinKernel.Lanes<Lanes128>(),
            _ => ThinKernel.Lanes<Lanes1>(),
        };
        PackedOperand panels = new(host.Workspace(PackedOperand.FloatsFor(rows, lanes, depth)), rows, lanes, depth);
        Packing packing = Packing.OfA(a, 0, Precision.Float32);
        Chunks parts = packing.ChunksOf(panels);
        host.Team.Run(parts.Count, new ThinPackJob(packing, panels, parts));

        int groups = (columns + ThinKernel.Columns - 1) / ThinKernel.Columns;
        Chunks chunks = Chunks.Of(groups, (long)ThinKernel.Columns * depth * panels.Count);
        host.Team.Run(chunks.Count, new ThinJob(panels, b, columns, tiles, chunks));
    }

    private readonly struct ThinPackJob(Packing source, PackedOperand panels, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes> =>
            source.Run<TLanes>(panels, chunks.Start(chunk), chunks.End(chunk));
    }

    private readonly struct ThinJob(PackedOperand a, HostMatrix b, int columns, ProductTiles tiles, Chunks groups)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            if (TLanes.Count > ThinKernel.MostLanes)
            {
                RunGroups<Lanes256>(chunk);
            }
            else
            {
                RunGroups<TLanes>(chunk);
            }
        }

        [SkipLocalsInit]
        private void RunGroups<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* sums = stackalloc float[ThinKernel.Columns * TLanes.Count];
            for (long group = groups.Start(chunk); group < groups.End(chunk); group++)
            {
                int column = (int)group * ThinKernel.Columns;
                int present = Math.Min(ThinKernel.Columns, columns - column);
                for (int panel = 0; panel < a.Count; panel++)
                {
                    float* rows = a.Panel(panel);
                    bool accumulate = tiles.ReadTransposed(sums, a, panel, column, present);
                    for (int k = 0; k < a.Depth || k == 0; k += DepthBlock)
                    {
                        int steps = Math.Min(DepthBlock, a.Depth - k);
                        ThinKernel.Run<TLanes>(
                            present, steps, rows + k * a.Width, b.At(k, column), b.Stride, sums, accumulate || k > 0);
                    }

                    tiles.WriteTransposed(sums, a, panel, column, present);
                }
            }
        }
    }
}
