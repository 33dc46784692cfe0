using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, one team a row, and the record of what they save: two floats a row.</content>
public static partial class CrossEntropy
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            Tensor max = tape.Rent(new Shape(logits.Rows), Op);
            Tensor sumExp = tape.Rent(new Shape(logits.Rows), Op);
            Tensor rowWeight = tape.Rent(new Shape(), Op);
            Tensor losses = tape.Rent(new Shape(logits.Rows), Op);
            if (logits.Rows > 0)
            {
                gpu.LaunchRows(logits.Rows, new ForwardKernel(
                    logits.View(), targets.IntegerView(), max.View(), sumExp.View(), losses.View(), logits.Columns));
            }

            TokenTargets.WeighRows(gpu, targets, scale, rowWeight);
            TokenTargets.AddRows(gpu, losses, rowWeight, loss);
            if (tape.Records(logits))
            {
                tape.Record(new DeviceNode(gpu, logits, targets, max, sumExp, rowWeight, loss));
            }
        }
    }

    private sealed class DeviceNode(
        IlgpuDevice gpu, Tensor logits, Tensor targets, Tensor max, Tensor sumExp, Tensor rowWeight, Tensor loss) : TapeNode
    {
        public override string Op => CrossEntropy.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient)
        {
            (Tensor dLogits, bool accumulate) = tape.TargetFor(logits);
            if (logits.Rows > 0)
            {
                gpu.LaunchRows(logits.Rows, new BackwardKernel(
                    logits.View(), targets.IntegerView(), max.View(), sumExp.View(), rowWeight.View(), gradient.View(),
                    dLogits.View(), logits.Columns, accumulate ? 1 : 0));
            }
        }
    }

    /// <summary>Loss of each row: log s + (m - z[t]), with m the greatest logit and s the sum of exp(z - m).</summary>
    /// <param name="logits">In, z, [R, V].</param>
    /// <param name="targets">In, t, [R]; the loss is 0 for an ignored row and NaN for what is no id.</param>
    /// <param name="max">Out, m, [R]: kept for backward.</param>
    /// <param name="sumExp">Out, s, [R]: kept for backward.</param>
    /// <param name="losses">Out, [R].</param>
    /// <param name="columns">V.</param>
    /// <remarks>
    /// Launch: R teams. Shared memory: the team's. Bound by bandwidth and exponentials: reads R V floats twice, the second
    /// time from a cache. Numerics: float sums in the team's order; a NaN in a live row makes the loss NaN.
    /// Definition: CrossEntropy.Reference.
    /// </remarks>
    internal readonly struct ForwardKernel(
        ArrayView<float> logits, ArrayView<int> targets, ArrayView<float> max, ArrayView<float> sumExp,
        ArrayView<float> losses, int columns) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            int row = Grid.IdxX;
            long start = (long)row * columns;
            float greatest = TTeam.Max(new RowNumber(logits, start), columns, shared);
            float sum = TTeam.Sum(new LogitPower(logits, start, greatest), columns, shared);
            if (Group.IdxX == 0)
            {
                int target = targets[row];
                float targetLogit = 0;
                if (TokenTargets.IsId(target, columns))
                {
                    targetLogit = logits[start + target];
                }

                max[row] = greatest;
                sumExp[row] = sum;
                losses[row] = TokenTargets.RowLoss(target, columns, greatest, sum, targetLogit);
            }
        }
    }

    /// <summary>dLogits[r, v] (+)= dLoss * rowWeight * (exp(z[r, v] - m[r]) / s[r] - [v = t[r]]); 0 in ignored rows.</summary>
    /// <param name="logits">In, z, [R, V].</param>
    /// <param name="targets">In, t, [R].</param>
    /// <param name="max">In, m, [R].</param>
    /// <param name="sumExp">In, s, [R].</param>
    /// <param name="rowWeight">In, a scalar.</param>
    /// <param name="dLoss">In, a scalar.</param>
    /// <param name="dLogits">In and out, [R, V].</param>
    /// <param name="columns">V.</param>
    /// <param name="accumulate">1 to add to dLogits, 0 to overwrite it.</param>
    /// <remarks>Launch: R teams. Bound by bandwidth and exponentials: reads R V floats, writes R V.</remarks>
    internal readonly struct BackwardKernel(
        ArrayView<float> logits, ArrayView<int> targets, ArrayView<float> max, ArrayView<float> sumExp,
        ArrayView<float> rowWeight, ArrayView<float> dLoss, ArrayView<float> dLogits, int columns, int accumulate)
        : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            int row = Grid.IdxX;
            long start = (long)row * columns;
            int target = targets[row];
            if (target != TokenTargets.Ignored)
            {
                float weight = rowWeight[0] * dLoss[0];
                TTeam.Run(
                    new ScaledLogitPower(logits, start, max[row], weight / sumExp[row], dLogits, accumulate), columns);

                // By the thread that wrote it: no other one need see its work.
                if (TokenTargets.IsId(target, columns) && (target & (TTeam.Size - 1)) == Group.IdxX)
                {
                    dLogits[start + target] -= weight;
                }
            }
            else if (accumulate == 0)
            {
                TTeam.Run(new ZeroInPlace(dLogits, start), columns);
            }
        }
    }
}
