using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops: rows in chunks; a row is in the first cache after the pass for its maximum.</content>
public static unsafe partial class CrossEntropy
{
    private static void ForwardOnHost(
        HostDevice host, Tape tape, Tensor logits, Tensor targets, float scale, Saved saved, Tensor loss)
    {
        int live = TokenTargets.CountLive(Op, targets.IntegerSpan, logits.Columns);
        Tensor losses = tape.Rent(new Shape(logits.Rows), Op);
        Chunks rows = Chunks.Of(logits.Rows, 8 * logits.Columns);
        host.Team.Run(rows.Count, new ForwardJob(
            logits.Pointer, targets.IntegerPointer, saved.Max.Pointer, saved.SumExp.Pointer, losses.Pointer,
            logits.Columns, rows));
        *saved.RowWeight.Pointer = live == 0 ? 0 : scale / live;
        *loss.Pointer = TokenTargets.Mean(losses.Span, live, scale);
    }

    private readonly struct ForwardJob(
        float* logits, int* targets, float* max, float* sumExp, float* losses, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* x = logits + row * columns;
                max[row] = SoftmaxRow.Max<TLanes>(x, columns);
                sumExp[row] = SoftmaxRow.SumExp<TLanes>(x, max[row], columns);
                losses[row] = targets[row] == TokenTargets.Ignored
                    ? 0
                    : SoftmaxRow.Log(sumExp[row]) + (max[row] - x[targets[row]]);
            }
        }
    }

    private static void BackwardOnHost(
        HostDevice host, Tensor logits, Tensor targets, Saved saved, Tensor dLoss, GradientTarget dLogits)
    {
        Chunks rows = Chunks.Of(logits.Rows, 8 * logits.Columns);
        host.Team.Run(rows.Count, new BackwardJob(
            logits.Pointer, targets.IntegerPointer, saved.Max.Pointer, saved.SumExp.Pointer,
            *saved.RowWeight.Pointer * *dLoss.Pointer, dLogits.Tensor.Pointer, dLogits.Accumulate, logits.Columns,
            rows));
    }

    private readonly struct BackwardJob(
        float* logits, int* targets, float* max, float* sumExp, float weight, float* dLogits, bool accumulate,
        int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* gradient = dLogits + row * columns;
                if (targets[row] != TokenTargets.Ignored)
                {
                    SoftmaxRow.AddScaledExp<TLanes>(
                        logits + row * columns, max[row], weight / sumExp[row], gradient, accumulate, columns);
                    gradient[targets[row]] -= weight;
                }
                else if (!accumulate)
                {
                    new Span<float>(gradient, columns).Clear();
                }
            }
        }
    }
}
