using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The host's chunks of rows: logits, loss, gradient in place of the logits, and the two products of it. The number of live
/// rows comes first, since every row's gradient needs it.
/// </content>
public static partial class VocabularyCrossEntropy
{
    // Logits that exist at a time: as on the host for a CPU, 64 MB for a GPU, whose products need more rows to be fast.
    private const int DirectLogits = 1 << 21;
    private const int TiledLogits = 1 << 24;

    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            int vocabulary = embedding.Rows;
            int width = embedding.Columns;
            Tensor rowWeight = tape.Rent(new Shape(), Op);
            TokenTargets.WeighRows(gpu, targets, scale, rowWeight);
            int most = Math.Min(hidden.Rows, RowsAtATime(gpu, vocabulary));
            Tensor logits = tape.Rent(new Shape(most, vocabulary), Op);
            Tensor losses = tape.Rent(new Shape(hidden.Rows), Op);
            DeviceMatrix gradient = DeviceMatrix.Of(logits);
            for (long done = 0; done < hidden.Rows || done == 0; done += most)
            {
                int start = (int)done;
                int rows = Math.Min(most, hidden.Rows - start);
                DeviceMatrix chunk = RowsOf(hidden, start, rows);
                DeviceGemm.Multiply(
                    gpu, rows, vocabulary, width, chunk, DeviceMatrix.TransposeOf(embedding), gradient, accumulate: false);
                if (rows > 0)
                {
                    gpu.LaunchRows(rows, new LossKernel(
                        logits.View(), targets.IntegerView(), losses.View(), rowWeight.View(), start, vocabulary,
                        dHidden is not null || dEmbedding is not null ? 1 : 0));
                }

                if (dHidden is not null)
                {
                    DeviceGemm.Multiply(
                        gpu, rows, width, vocabulary, gradient, DeviceMatrix.Of(embedding), RowsOf(dHidden, start, rows),
                        accumulate: false);
                }

                if (dEmbedding is not null)
                {
                    DeviceGemm.Multiply(
                        gpu, vocabulary, width, rows, gradient with { Transposed = true }, chunk, DeviceMatrix.Of(dEmbedding),
                        accumulate: start > 0);
                }
            }

            TokenTargets.AddRows(gpu, losses, rowWeight, loss);
        }
    }

    // Whole multiples of 64 rows, so that a chunk starts at an address as even as a tensor's.
    private static int RowsAtATime(IlgpuDevice gpu, int vocabulary)
    {
        int logits = gpu.Family == KernelFamily.Direct ? DirectLogits : TiledLogits;
        return Math.Max(FewestRows, logits / Math.Max(1, vocabulary) & -64);
    }

    private static DeviceMatrix RowsOf(Tensor tensor, int start, int rows) =>
        new(tensor.View().SubView((long)start * tensor.Columns, (long)rows * tensor.Columns), tensor.Columns, false);

    /// <summary>Loss of each row of a chunk, and rowWeight * (softmax - [v = t]) in place of its logits.</summary>
    /// <param name="logits">In, [chunk, V]; out if differentiates.</param>
    /// <param name="targets">In, t, [R]; loss and gradient are 0 in an ignored row; what is no id makes the loss NaN.</param>
    /// <param name="losses">Out, [R].</param>
    /// <param name="rowWeight">In, a scalar: gradient of the loss by a live row's.</param>
    /// <param name="firstRow">The chunk's first row.</param>
    /// <param name="columns">V.</param>
    /// <param name="differentiates">1 to make the gradient, 0 to leave the logits.</param>
    /// <remarks>
    /// Launch: one team a row of the chunk. Shared memory: the team's. Bound by bandwidth and exponentials: three passes over
    /// the row, two of them in a cache. Numerics: float sums in the team's order; a NaN in a live row makes the loss NaN.
    /// Definition: VocabularyCrossEntropy.Reference.
    /// </remarks>
    internal readonly struct LossKernel(
        ArrayView<float> logits, ArrayView<int> targets, ArrayView<float> losses, ArrayView<float> rowWeight,
        int firstRow, int columns, int differentiates) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            long start = (long)Grid.IdxX * columns;
            int row = firstRow + Grid.IdxX;
            int target = targets[row];
            float targetLogit = 0;
            if (TokenTargets.IsId(target, columns))
            {
                targetLogit = logits[start + target];
            }

            // Its barriers also part the reading of the target's logit from its replacement.
            float max = TTeam.Max(new RowNumber(logits, start), columns, shared);
            float sumExp;
            if (differentiates == 0)
            {
                sumExp = TTeam.Sum(new LogitPower(logits, start, max), columns, shared);
            }
            else
            {
                sumExp = TTeam.Sum(new LogitPowerInPlace(logits, start, max), columns, shared);
                float weight = rowWeight[0];
                if (target == TokenTargets.Ignored)
                {
                    TTeam.Run(new ZeroInPlace(logits, start), columns);
                }
                else
                {
                    TTeam.Run(new ScaledInPlace(logits, start, weight / sumExp), columns);

                    // By the thread that scaled it: no other one need see its work.
                    if (TokenTargets.IsId(target, columns) && (target & (TTeam.Size - 1)) == Group.IdxX)
                    {
                        logits[start + target] -= weight;
                    }
                }
            }

            if (Group.IdxX == 0)
            {
                losses[row] = TokenTargets.RowLoss(target, columns, max, sumExp, targetLogit);
            }
        }
    }
}
