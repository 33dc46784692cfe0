using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The device's products, as on the host: Wx and Wc are read where they lie.</content>
public static partial class ConditionedLinear
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            int outputs = weight.Rows;
            Tensor shared = tape.Rent(new Shape(condition.Rows, outputs), Op);
            DeviceGemm.Multiply(
                gpu, condition.Rows, outputs, condition.Columns, DeviceMatrix.Of(condition),
                DeviceMatrix.TransposeOf(weight, x.Columns), DeviceMatrix.Of(shared), accumulate: false,
                new DeviceEpilogue(bias));
            DeviceGemm.Multiply(
                gpu, x.Rows, outputs, x.Columns, DeviceMatrix.Of(x), DeviceMatrix.TransposeOf(weight), DeviceMatrix.Of(y),
                accumulate: false, new DeviceEpilogue(null, shared, draws));
        }
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu)
        {
            int outputs = weight.Rows;
            int positions = condition.Rows;
            if (dx is { } input)
            {
                DeviceGemm.Multiply(
                    gpu, x.Rows, x.Columns, outputs, DeviceMatrix.Of(dy), DeviceMatrix.Of(weight), DeviceMatrix.Of(input.Tensor),
                    input.Accumulate);
            }

            if (dWeight is { } left)
            {
                DeviceGemm.Multiply(
                    gpu, outputs, x.Columns, x.Rows, DeviceMatrix.TransposeOf(dy), DeviceMatrix.Of(x),
                    DeviceMatrix.Of(left.Tensor), left.Accumulate);
            }

            if (dCondition is null && dWeight is null && dBias is null)
            {
                return;
            }

            // All that is shared by the draws of a position sees the sum of their gradients.
            Tensor sums = tape.Rent(new Shape(positions, outputs), Op);
            if (gpu.Family == KernelFamily.Direct)
            {
                SumDraws<Lanes16>(gpu, dy, sums, draws);
            }
            else
            {
                SumDraws<KernelNumber>(gpu, dy, sums, draws);
            }

            if (dCondition is { } given)
            {
                DeviceGemm.Multiply(
                    gpu, positions, condition.Columns, outputs, DeviceMatrix.Of(sums), DeviceMatrix.Of(weight, x.Columns),
                    DeviceMatrix.Of(given.Tensor), given.Accumulate);
            }

            if (dWeight is { } right)
            {
                DeviceGemm.Multiply(
                    gpu, outputs, condition.Columns, positions, DeviceMatrix.TransposeOf(sums), DeviceMatrix.Of(condition),
                    DeviceMatrix.Of(right.Tensor, x.Columns), right.Accumulate);
            }

            if (dBias is { } shift)
            {
                ColumnSum.Run(gpu, tape, sums, shift);
            }
        }
    }

    private static void SumDraws<TLanes>(IlgpuDevice gpu, Tensor dy, Tensor sums, int draws)
        where TLanes : unmanaged, IKernelLanes<TLanes> => gpu.Launch(
        Launch.Items(gpu, (long)sums.Rows * KernelLanes.CountFor<TLanes>(sums.Columns)),
        new DrawSumKernel<TLanes>(dy.View(), sums.View(), sums.Rows, draws, sums.Columns));

    /// <summary>sums[m, c] = sum over s of dy[m S + s, c].</summary>
    /// <param name="dy">In, [M * S, C].</param>
    /// <param name="sums">Out, [M, C].</param>
    /// <param name="positions">M.</param>
    /// <param name="draws">S.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: one thread TLanes of sums, any group size. Bound by bandwidth: reads M S C floats.</remarks>
    internal readonly struct DrawSumKernel<TLanes>(
        ArrayView<float> dy, ArrayView<float> sums, int positions, int draws, int columns) : IKernel
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        public void Run()
        {
            int lanes = KernelLanes.CountFor<TLanes>(columns);
            int position = Grid.GlobalIndex.X / lanes;
            int c = (Grid.GlobalIndex.X - position * lanes) * TLanes.Count;
            if (position < positions)
            {
                long at = (long)position * draws * columns + c;
                TLanes sum = KernelLanes.Load<TLanes>(dy, at, columns - c);
                for (int draw = 1; draw < draws; draw++)
                {
                    at += columns;
                    sum += KernelLanes.Load<TLanes>(dy, at, columns - c);
                }

                KernelLanes.Store(sum, sums, (long)position * columns + c, columns - c);
            }
        }
    }
}
