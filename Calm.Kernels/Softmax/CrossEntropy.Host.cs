using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop: rows in chunks; a row is in the first cache after the pass for its maximum.</content>
public static unsafe partial class CrossEntropy
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Tensor? unit = tape.Records(logits) ? tape.Rent(logits.Shape, Op) : null;
            int live = TokenTargets.CountLive(Op, targets.IntegerSpan, logits.Columns);
            Tensor losses = tape.Rent(new Shape(logits.Rows), Op);
            Chunks rows = Chunks.Of(logits.Rows, 8 * logits.Columns);
            host.Team.Run(rows.Count, new ForwardJob(
                logits.Pointer, targets.IntegerPointer, losses.Pointer, unit is null ? null : unit.Pointer,
                live == 0 ? 0 : scale / live, logits.Columns, rows));
            *loss.Pointer = TokenTargets.Mean(losses.Span, live, scale);
            if (unit is not null)
            {
                tape.Record(new HostNode(logits, unit, loss));
            }
        }
    }

    private readonly struct ForwardJob(
        float* logits, int* targets, float* losses, float* unit, float weight, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* gradient = unit is null ? null : unit + row * columns;
                losses[row] = targets[row] == TokenTargets.Ignored
                    ? Ignore(gradient)
                    : Compare<TLanes>(logits + row * columns, targets[row], gradient);
            }
        }

        private float Ignore(float* gradient)
        {
            if (gradient is not null)
            {
                new Span<float>(gradient, columns).Clear();
            }

            return 0;
        }

        /// <summary>The loss of a row; writes its gradient to <paramref name="gradient"/> unless that is null.</summary>
        private float Compare<TLanes>(float* x, int target, float* gradient) where TLanes : unmanaged, ILanes<TLanes>
        {
            float max = SoftmaxRow.Max<TLanes>(x, columns);
            float sum = SoftmaxRow.SumExp<TLanes>(x, max, columns, gradient);
            if (gradient is not null)
            {
                SoftmaxRow.Scale<TLanes>(gradient, weight / sum, columns);
                gradient[target] -= weight;
            }

            return SoftmaxRow.Log(sum) + (max - x[target]);
        }
    }
}
