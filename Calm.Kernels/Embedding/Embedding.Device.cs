using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel of the lookup, one team a row.</content>
public static partial class Embedding
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (y.Rows > 0)
            {
                gpu.LaunchPlainRows(
                    y.Rows, y.Columns,
                    new GatherKernel(ids.IntegerView(), table.View(), y.View(), table.Rows, table.Columns));
            }
        }
    }

    /// <summary>y[r, c] = table[ids[r], c]; NaN for an id outside the table.</summary>
    /// <param name="ids">In, [R].</param>
    /// <param name="table">In, [V, C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="tableRows">V.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: R teams. Bound by bandwidth: reads and writes R C floats.</remarks>
    internal readonly struct GatherKernel(
        ArrayView<int> ids, ArrayView<float> table, ArrayView<float> y, int tableRows, int columns) : IPlainRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            int id = ids[Grid.IdxX];
            long target = (long)Grid.IdxX * columns;
            if (id >= 0 && id < tableRows)
            {
                TTeam.Run(new Copied(table, (long)id * columns, y, target), columns);
            }
            else
            {
                TTeam.Run(new Unknown(y, target), columns);
            }
        }
    }

    private readonly struct Copied(ArrayView<float> source, long from, ArrayView<float> target, long to) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int place) => target[to + place] = source[from + place];
    }

    private readonly struct Unknown(ArrayView<float> target, long to) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int place) => target[to + place] = float.NaN;
    }
}
