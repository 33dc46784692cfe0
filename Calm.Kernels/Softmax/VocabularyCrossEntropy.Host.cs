using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's loop over chunks of rows: logits, loss, gradient in place of the logits, and the two products of it.
/// </content>
public static unsafe partial class VocabularyCrossEntropy
{
    // Logits that exist at a time: 8 MB, or 128 rows of a vocabulary so large that fewer would leave the products,
    // which read or write the whole embedding once a chunk, waiting for memory.
    private const int LogitsAtATime = 1 << 21;
    private const int FewestRows = 128;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            int vocabulary = embedding.Rows;
            int width = embedding.Columns;
            int live = TokenTargets.CountLive(Op, targets.IntegerSpan, vocabulary);
            float rowWeight = live == 0 ? 0 : scale / live;
            int most = Math.Min(hidden.Rows, Math.Max(FewestRows, LogitsAtATime / Math.Max(1, vocabulary)));
            Tensor logits = tape.Rent(new Shape(most, vocabulary), Op);
            Tensor losses = tape.Rent(new Shape(hidden.Rows), Op);
            HostMatrix chunkGradient = HostMatrix.Of(logits);
            for (long done = 0; done < hidden.Rows || done == 0; done += most)
            {
                int start = (int)done;
                int rows = Math.Min(most, hidden.Rows - start);
                HostMatrix chunk = new((nint)(hidden.Pointer + (long)start * width), width, Transposed: false);
                HostGemm.Multiply(
                    host, rows, vocabulary, width, chunk, HostMatrix.TransposeOf(embedding), logits.Pointer, vocabulary,
                    accumulate: false);
                Chunks chunks = Chunks.Of(rows, 12 * vocabulary);
                host.Team.Run(chunks.Count, new LossJob(
                    logits.Pointer, targets.IntegerPointer + start, losses.Pointer + start, rowWeight,
                    dHidden is not null || dEmbedding is not null, vocabulary, chunks));
                if (dHidden is not null)
                {
                    HostGemm.Multiply(
                        host, rows, width, vocabulary, chunkGradient, HostMatrix.Of(embedding),
                        dHidden.Pointer + (long)start * width, width, accumulate: false);
                }

                if (dEmbedding is not null)
                {
                    HostGemm.Multiply(
                        host, vocabulary, width, rows, chunkGradient with { Transposed = true }, chunk, dEmbedding.Pointer,
                        width, accumulate: start > 0);
                }
            }

            *loss.Pointer = TokenTargets.Mean(losses.Span, live, scale);
        }
    }

    private readonly struct LossJob(
        float* logits, int* targets, float* losses, float rowWeight, bool differentiates, int columns, Chunks rows)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* x = logits + row * columns;
                int target = targets[row];
                if (target == TokenTargets.Ignored)
                {
                    losses[row] = 0;
                    new Span<float>(x, columns).Clear();
                }
                else
                {
                    losses[row] = LiveRow<TLanes>(x, target);
                }
            }
        }

        /// <summary>Returns the loss; writes rowWeight * (softmax - [target]) over the logits.</summary>
        private float LiveRow<TLanes>(float* x, int target) where TLanes : unmanaged, ILanes<TLanes>
        {
            float max = SoftmaxRow.Max<TLanes>(x, columns);
            float belowMax = max - x[target];
            if (!differentiates)
            {
                return SoftmaxRow.Log(SoftmaxRow.SumExp<TLanes>(x, max, columns)) + belowMax;
            }

            float sumExp = SoftmaxRow.SumExp<TLanes>(x, max, columns, powers: x);
            SoftmaxRow.Scale<TLanes>(x, rowWeight / sumExp, columns);
            x[target] -= rowWeight;
            return SoftmaxRow.Log(sumExp) + belowMax;
        }
    }
}
