using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The device's products, as on the host: Wx and Wc are read where they lie.</content>
public static partial class ConditionedLinear
{
    static partial void ForwardOnDevice(
        Tape tape, Tensor x, Tensor condition, Tensor weight, Tensor? bias, int draws, Tensor y, ref bool done)
    {
        IlgpuDevice gpu = x.Gpu();
        int outputs = weight.Rows;
        Tensor shared = tape.Rent(new Shape(condition.Rows, outputs), Op);
        DeviceGemm.Multiply(
            gpu, condition.Rows, outputs, condition.Columns, DeviceMatrix.Of(condition),
            DeviceMatrix.TransposeOf(weight, x.Columns), DeviceMatrix.Of(shared), accumulate: false, new DeviceEpilogue(bias));
        DeviceGemm.Multiply(
            gpu, x.Rows, outputs, x.Columns, DeviceMatrix.Of(x), DeviceMatrix.TransposeOf(weight), DeviceMatrix.Of(y),
            accumulate: false, new DeviceEpilogue(null, shared, draws));
        done = true;
    }

    static partial void BackwardOnDevice(
        Tape tape, Tensor x, Tensor condition, Tensor weight, int draws, Tensor dy, GradientTarget? dx,
        GradientTarget? dCondition, GradientTarget? dWeight, GradientTarget? dBias, ref bool done)
    {
        IlgpuDevice gpu = x.Gpu();
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

        done = true;
        if (dCondition is null && dWeight is null && dBias is null)
        {
            return;
        }

        // All that is shared by the draws of a position sees the sum of their gradients.
        Tensor sums = tape.Rent(new Shape(positions, outputs), Op);
        if (gpu.Family == KernelFamily.Direct)
        {
            SumDraws<Twice<Twice<Float4>>>(gpu, dy, sums, draws);
        }
        else
        {
            SumDraws<Float1>(gpu, dy, sums, draws);
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
            ColumnSum.RunOnDevice(tape, sums, shift);
        }
    }

    private static void SumDraws<TVector>(IlgpuDevice gpu, Tensor dy, Tensor sums, int draws)
        where TVector : unmanaged, IKernelVector<TVector> =>
        gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int, int>(DrawSumKernel<TVector>)(
            gpu.Queue, Launch.Items(gpu, (long)sums.Rows * KernelVector.CountFor<TVector>(sums.Columns)), dy.View(),
            sums.View(), sums.Rows, draws, sums.Columns);

    /// <summary>sums[m, c] = sum over s of dy[m S + s, c].</summary>
    /// <param name="dy">In, [M * S, C].</param>
    /// <param name="sums">Out, [M, C].</param>
    /// <param name="positions">M.</param>
    /// <param name="draws">S.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: one thread a vector of sums, any group size. Bound by bandwidth: reads M S C floats.</remarks>
    private static void DrawSumKernel<TVector>(
        ArrayView<float> dy, ArrayView<float> sums, int positions, int draws, int columns)
        where TVector : unmanaged, IKernelVector<TVector>
    {
        int vectors = KernelVector.CountFor<TVector>(columns);
        int position = Grid.GlobalIndex.X / vectors;
        int c = (Grid.GlobalIndex.X - position * vectors) * TVector.Count;
        if (position < positions)
        {
            long at = (long)position * draws * columns + c;
            TVector sum = KernelVector.Load<TVector>(dy, at, columns - c);
            for (int draw = 1; draw < draws; draw++)
            {
                at += columns;
                sum = TVector.Add(sum, KernelVector.Load<TVector>(dy, at, columns - c));
            }

            KernelVector.Store(sum, sums, (long)position * columns + c, columns - c);
        }
    }
}
