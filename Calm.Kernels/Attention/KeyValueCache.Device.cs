using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The device's copy, one thread an element. Growing and branching are copies by the device itself.</content>
public sealed partial class KeyValueCache
{
    static partial void AppendOnDevice(Heads source, Tensor target, int length, ref bool done)
    {
        IlgpuDevice gpu = target.Gpu();
        int added = source.Tensor.Shape[1];
        long count = (long)source.Tensor.Rows * target.Columns;
        if (count > 0)
        {
            AppendSizes sizes = new(source.Tensor.Rows, added, target.Columns, target.Shape[1], length);
            gpu.Kernel<DeviceHeads, ArrayView<float>, AppendSizes>(AppendKernel)(
                gpu.Queue, Launch.Items(gpu, count), new DeviceHeads(source, target.Columns), target.View(), sizes);
        }

        done = true;
    }

    /// <summary>target[b, length + i] = source[b, i].</summary>
    /// <param name="source">In, [B, T, C], columns of a wider tensor.</param>
    /// <param name="target">Out, [B, capacity, C].</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>Launch: one thread an element of the source, any group size. Bound by bandwidth.</remarks>
    private static void AppendKernel(DeviceHeads source, ArrayView<float> target, AppendSizes sizes)
    {
        int element = Grid.GlobalIndex.X;
        int row = element / sizes.Columns;
        if (row < sizes.Rows)
        {
            int column = element - row * sizes.Columns;
            int batch = row / sizes.Added;
            int position = row - batch * sizes.Added;
            long targetRow = (long)batch * sizes.Capacity + sizes.Length + position;
            target[targetRow * sizes.Columns + column] = source.Elements[source.At(batch, position, 0) + column];
        }
    }

    /// <summary>Sizes of a copy, as a parameter of a kernel.</summary>
    internal readonly struct AppendSizes(int rows, int added, int columns, int capacity, int length)
    {
        /// <summary>B T.</summary>
        public int Rows { get; } = rows;

        /// <summary>T.</summary>
        public int Added { get; } = added;

        /// <summary>C.</summary>
        public int Columns { get; } = columns;

        public int Capacity { get; } = capacity;

        /// <summary>Positions that are there.</summary>
        public int Length { get; } = length;
    }
}
