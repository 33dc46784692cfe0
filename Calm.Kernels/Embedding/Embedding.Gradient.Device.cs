using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The gradient without atomics. A CPU goes through the rows once for each block of columns, as the host does. A GPU sorts
/// the places of the ids first (<see cref="SortedIds"/>), adds up blocks of places that hold one id, and then each id's
/// blocks and odd places: a frequent id costs little more than a rare one, and the order is always the same.
/// </content>
public static partial class Embedding
{
    // Sorted places that are added up beforehand where all hold one id.
    private const int PlacesPerBlock = 32;

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (gpu.Family == KernelFamily.Direct)
            {
                RunDirect(gpu);
            }
            else if (dTable.Tensor.Count > 0)
            {
                RunSorted(gpu);
            }
        }

        private void RunDirect(IlgpuDevice gpu)
        {
            Tensor table = dTable.Tensor;
            if (!dTable.Accumulate)
            {
                table.Clear();
            }

            if (dy.Count > 0)
            {
                int blocks = (table.Columns + Lanes16.Count - 1) / Lanes16.Count;
                gpu.Launch(new KernelConfig(blocks, 1), new ScatterKernel(
                    ids.IntegerView(), dy.View(), table.View(), table.Rows, table.Columns, paddingId));
            }
        }

        private void RunSorted(IlgpuDevice gpu)
        {
            Tensor table = dTable.Tensor;
            SortedIds sorted = SortedIds.Of(tape, gpu, ids, table.Rows, paddingId);
            Tensor blockSums = tape.Rent(new Shape(((int)ids.Count / PlacesPerBlock) + 1, table.Columns), Op);
            gpu.LaunchMatrix(blockSums.Rows, table.Columns, new BlockSumKernel(
                ids.IntegerView(), sorted.Starts.IntegerView(), sorted.Order.IntegerView(), dy.View(), blockSums.View(),
                blockSums.Rows, table.Rows, table.Columns));
            gpu.LaunchMatrix(table.Rows, table.Columns, new GatherGradientKernel(
                sorted.Starts.IntegerView(), sorted.Order.IntegerView(), dy.View(), blockSums.View(), table.View(),
                table.Rows, table.Columns, dTable.Accumulate ? 1 : 0));
        }
    }

    /// <summary>dTable[ids[r], :] += dy[r, :] in the order of r, for one block of columns.</summary>
    /// <param name="ids">In, [R].</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="dTable">In and out, [V, C].</param>
    /// <param name="tableRows">V; an id outside is passed over.</param>
    /// <param name="columns">C.</param>
    /// <param name="paddingId">An id to pass over.</param>
    /// <remarks>Launch: one work item for 16 columns. Bound by bandwidth: reads 2 R C floats, writes R C.</remarks>
    internal readonly struct ScatterKernel(
        ArrayView<int> ids, ArrayView<float> dy, ArrayView<float> dTable, int tableRows, int columns, int paddingId) : IKernel
    {
        public void Run()
        {
            int column = Grid.IdxX * Lanes16.Count;
            if (column + Lanes16.Count <= columns)
            {
                Scatter<Lanes16>(ids, dy, dTable, tableRows, columns, paddingId, column);
            }
            else
            {
                for (; column < columns; column++)
                {
                    Scatter<KernelNumber>(ids, dy, dTable, tableRows, columns, paddingId, column);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scatter<TLanes>(
        ArrayView<int> ids, ArrayView<float> dy, ArrayView<float> dTable, int tableRows, int columns, int paddingId,
        int column)
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        for (int row = 0; row < ids.IntLength; row++)
        {
            int id = ids[row];
            if (SortedIds.Counts(id, tableRows, paddingId))
            {
                long target = (long)id * columns + column;
                TLanes sum = TLanes.Load(dTable, target) + TLanes.Load(dy, (long)row * columns + column);
                TLanes.Store(sum, dTable, target);
            }
        }
    }

    /// <summary>blockSums[b, c] = sum of dy[r, c] over the places r of a block, if all of them hold one id.</summary>
    /// <param name="ids">In, [R].</param>
    /// <param name="starts">In, [V + 1]: <see cref="SortedIds.Starts"/>.</param>
    /// <param name="order">In, [R]: <see cref="SortedIds.Order"/>.</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="blockSums">Out, [blocks, C]; undefined for a block of several ids.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="tableRows">V.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of blockSums. Bound by bandwidth: reads R C floats at most.</remarks>
    internal readonly struct BlockSumKernel(
        ArrayView<int> ids, ArrayView<int> starts, ArrayView<int> order, ArrayView<float> dy, ArrayView<float> blockSums,
        int blocks, int tableRows, int columns) : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(blocks, columns);
            int first = place.Row * PlacesPerBlock;
            int last = first + PlacesPerBlock - 1;

            // In sorted order the first and the last place of a block with one id hold the same.
            if (place.IsInside && last < starts[tableRows] && ids[order[first]] == ids[order[last]])
            {
                float sum = 0;
                for (int i = first; i <= last; i++)
                {
                    sum += dy[(long)order[i] * columns + place.Column];
                }

                blockSums[(long)place.Row * columns + place.Column] = sum;
            }
        }
    }

    /// <summary>dTable[v, c] (+)= sum of dy[r, c] over the places r of id v: whole blocks at once, the others singly.</summary>
    /// <param name="starts">In, [V + 1]: <see cref="SortedIds.Starts"/>.</param>
    /// <param name="order">In, [R]: <see cref="SortedIds.Order"/>.</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="blockSums">In, [blocks, C].</param>
    /// <param name="dTable">In and out, [V, C].</param>
    /// <param name="tableRows">V.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to dTable, 0 to overwrite it.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of dTable. Bound by bandwidth: reads R C floats, writes V C.</remarks>
    internal readonly struct GatherGradientKernel(
        ArrayView<int> starts, ArrayView<int> order, ArrayView<float> dy, ArrayView<float> blockSums,
        ArrayView<float> dTable, int tableRows, int columns, int accumulate) : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(tableRows, columns);
            if (place.IsInside)
            {
                long at = (long)place.Row * columns + place.Column;
                int end = starts[place.Row + 1];
                float sum = accumulate != 0 ? dTable[at] : 0;
                int i = starts[place.Row];
                while (i < end)
                {
                    if ((i & (PlacesPerBlock - 1)) == 0 && i + PlacesPerBlock <= end)
                    {
                        sum += blockSums[(long)(i / PlacesPerBlock) * columns + place.Column];
                        i += PlacesPerBlock;
                    }
                    else
                    {
                        sum += dy[(long)order[i] * columns + place.Column];
                        i++;
                    }
                }

                dTable[at] = sum;
            }
        }
    }
}
