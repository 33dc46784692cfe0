using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The device's copy, one thread an element. Growing and branching are copies by the device itself.</content>
public sealed partial class KeyValueCache
{
    private readonly partial struct RowCopy
    {
        public void Run(IlgpuDevice gpu)
        {
            long count = (long)source.Tensor.Rows * target.Columns;
            if (count > 0)
            {
                gpu.LaunchItems(count, new AppendKernel(
                    new(source, target.Columns), target.View(), source.Tensor.Rows, source.Tensor.Shape[1], target.Columns,
                    target.Shape[1], length));
            }
        }
    }

    /// <summary>target[b, length + i] = source[b, i].</summary>
    /// <param name="source">In, [B, T, C], columns of a wider tensor.</param>
    /// <param name="target">Out, [B, capacity, C].</param>
    /// <param name="rows">B T.</param>
    /// <param name="added">T.</param>
    /// <param name="columns">C.</param>
    /// <param name="capacity">Positions that the target has room for.</param>
    /// <param name="length">Positions that it holds.</param>
    /// <remarks>Launch: one thread an element of the source, any group size. Bound by bandwidth.</remarks>
    internal readonly struct AppendKernel(
        DeviceHeads source, ArrayView<float> target, int rows, int added, int columns, int capacity, int length) : IKernel
    {
        public void Run()
        {
            int element = Grid.GlobalIndex.X;
            int row = element / columns;
            if (row < rows)
            {
                int column = element - row * columns;
                int batch = row / added;
                int position = row - batch * added;
                long targetRow = (long)batch * capacity + length + position;
                target[targetRow * columns + column] = source.Elements[source.At(batch, position, 0) + column];
            }
        }
    }
}
