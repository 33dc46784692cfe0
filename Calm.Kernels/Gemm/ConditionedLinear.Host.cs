using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's products. Wx and Wc are columns of one matrix and are read where they lie; [x ; condition] never exists.
/// </content>
public static unsafe partial class ConditionedLinear
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            int outputs = weight.Rows;
            Tensor shared = tape.Rent(new Shape(condition.Rows, outputs), Op);
            HostGemm.Multiply(
                host, condition.Rows, outputs, condition.Columns, HostMatrix.Of(condition),
                ConditionPart(weight, x.Columns, transposed: true), shared.Pointer, outputs, accumulate: false,
                new Epilogue(bias is null ? null : bias.Pointer));
            HostGemm.MultiplyByWeight(
                host, tape, x.Rows, HostMatrix.Of(x), weight, x.Columns, y.Pointer, new Epilogue(null, shared.Pointer, draws),
                host.Precision);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            int outputs = weight.Rows;
            int positions = condition.Rows;
            if (dx is { } input)
            {
                HostGemm.Multiply(
                    host, x.Rows, x.Columns, outputs, HostMatrix.Of(dy), HostMatrix.Of(weight), input.Tensor.Pointer,
                    x.Columns, input.Accumulate);
            }

            if (dWeight is { } left)
            {
                HostGemm.Multiply(
                    host, outputs, x.Columns, x.Rows, HostMatrix.TransposeOf(dy), HostMatrix.Of(x), left.Tensor.Pointer,
                    weight.Columns, left.Accumulate);
            }

            if (dCondition is null && dWeight is null && dBias is null)
            {
                return;
            }

            // All that is shared by the draws of a position sees the sum of their gradients.
            Tensor sums = tape.Rent(new Shape(positions, outputs), Op);
            Chunks chunks = Chunks.Of(positions, (long)draws * outputs);
            host.Team.Run(chunks.Count, new DrawSumJob(dy.Pointer, sums.Pointer, draws, outputs, chunks));
            if (dCondition is { } given)
            {
                HostGemm.Multiply(
                    host, positions, condition.Columns, outputs, HostMatrix.Of(sums),
                    ConditionPart(weight, x.Columns, transposed: false), given.Tensor.Pointer, condition.Columns,
                    given.Accumulate);
            }

            if (dWeight is { } right)
            {
                HostGemm.Multiply(
                    host, outputs, condition.Columns, positions, HostMatrix.TransposeOf(sums), HostMatrix.Of(condition),
                    right.Tensor.Pointer + x.Columns, weight.Columns, right.Accumulate);
            }

            if (dBias is { } shift)
            {
                ColumnSum.Run(host, sums, shift);
            }
        }
    }

    private static HostMatrix ConditionPart(Tensor weight, int start, bool transposed) =>
        new((nint)(weight.Pointer + start), weight.Columns, transposed);

    /// <summary>sums[m] = sum over s of dy[m S + s].</summary>
    private readonly struct DrawSumJob(float* dy, float* sums, int draws, int columns, Chunks positions) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long position = positions.Start(chunk); position < positions.End(chunk); position++)
            {
                float* first = dy + position * draws * columns;
                float* sum = sums + position * columns;
                Add<TLanes>(first, sum, 0, whole);
                Add<Lanes1>(first, sum, whole, columns);
            }
        }

        private void Add<TLanes>(float* first, float* target, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes sum = TLanes.Load(first + c);
                for (int draw = 1; draw < draws; draw++)
                {
                    sum += TLanes.Load(first + (long)draw * columns + c);
                }

                sum.Store(target + c);
            }
        }
    }
}
