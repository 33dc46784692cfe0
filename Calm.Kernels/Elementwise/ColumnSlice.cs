using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A range of columns as a tensor of its own: y[r, c] = x[r, first + c]. For small tensors that hold two things side by
/// side, such as the mean and the logarithm of the deviation of a latent.
/// </summary>
public static unsafe partial class ColumnSlice
{
    private const string Op = nameof(ColumnSlice);

    /// <summary>Copies the columns.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[..., C].</param>
    /// <param name="first">First column.</param>
    /// <param name="count">How many columns.</param>
    /// <returns>y, [..., count].</returns>
    /// <exception cref="ArgumentException">The columns are not all there.</exception>
    public static Tensor Apply(Tape tape, Tensor x, int first, int count)
    {
        Check.Device(Op, tape, x);
        bool inside = first >= 0 && count >= 0 && first + count <= x.Columns;
        Check.That(inside, Op, "last column", first + count, $"at most {x.Columns}");
        Tensor y = tape.Rent(x.Shape.WithColumns(count), Op);
        tape.Device.Profiler?.Count(0, Tensor.ElementSize * (double)(y.Count - x.Count)); // only these columns are read
        if (tape.Device is HostDevice host)
        {
            host.Profiler?.BeginKernel("ColumnSlice.Copy");
            for (int row = 0; row < y.Rows; row++)
            {
                Source(x, row, first, count).CopyTo(Source(y, row, 0, count));
            }

            host.Profiler?.EndKernel();
        }
        else
        {
            bool done = false;
            ForwardOnDevice(x, first, y, ref done);
            Check.Done(Op, tape.Device, done);
        }

        if (tape.Records(x))
        {
            tape.Record(new Node(x, first, y));
        }

        return y;
    }

    private static Span<float> Source(Tensor tensor, int row, int first, int count) =>
        new(tensor.Pointer + (long)row * tensor.Columns + first, count);

    private sealed class Node(Tensor x, int first, Tensor y) : TapeNode
    {
        public override string Op => ColumnSlice.Op;

        public override Tensor Output => y;

        /// <summary>dx[r, first + c] += dy[r, c]; the other columns get zero.</summary>
        public override void Backward(Tape tape, Tensor gradient)
        {
            (Tensor dx, bool accumulate) = tape.TargetFor(x, reads: false);
            if (!accumulate)
            {
                dx.Clear();
            }

            if (tape.Device is HostDevice host)
            {
                host.Profiler?.BeginKernel("ColumnSlice.Add");
                for (int row = 0; row < gradient.Rows; row++)
                {
                    Span<float> target = Source(dx, row, first, gradient.Columns);
                    Span<float> upstream = Source(gradient, row, 0, gradient.Columns);
                    for (int c = 0; c < target.Length; c++)
                    {
                        target[c] += upstream[c];
                    }
                }

                host.Profiler?.EndKernel();
            }
            else
            {
                bool done = false;
                BackwardOnDevice(gradient, first, dx, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    internal static double[] Reference(double[] x, int columns, int first, int count)
    {
        double[] y = new double[x.Length / columns * count];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = x[i / count * columns + first + i % count];
        }

        return y;
    }

    static partial void ForwardOnDevice(Tensor x, int first, Tensor y, ref bool done);

    static partial void BackwardOnDevice(Tensor dy, int first, Tensor dx, ref bool done);
}
