using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, one team a row.</content>
public static unsafe partial class CrossEntropy
{
    static partial void ForwardOnDevice(
        Tape tape, Tensor logits, Tensor targets, float scale, Saved saved, Tensor loss, ref bool done)
    {
        IlgpuDevice gpu = logits.Gpu();
        Tensor losses = tape.Rent(new Shape(logits.Rows), Op);
        if (gpu.Family == KernelFamily.Direct)
        {
            Forward<LaneTeam>(gpu, logits, targets, saved, losses);
        }
        else if (gpu.HasSmallGroups)
        {
            Forward<GroupTeam<Group16>>(gpu, logits, targets, saved, losses);
        }
        else
        {
            Forward<GroupTeam<Group128>>(gpu, logits, targets, saved, losses);
        }

        TokenTargets.WeighRows(gpu, targets, scale, saved.RowWeight);
        TokenTargets.AddRows(gpu, losses, saved.RowWeight, loss);
        done = true;
    }

    private static void Forward<TTeam>(IlgpuDevice gpu, Tensor logits, Tensor targets, Saved saved, Tensor losses)
        where TTeam : struct, IRowTeam
    {
        if (logits.Rows > 0)
        {
            gpu.Kernel<ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(
                ForwardKernel<TTeam>)(
                gpu.Queue, new KernelConfig(logits.Rows, TTeam.Size), logits.View(), targets.IntegerView(),
                saved.Max.View(), saved.SumExp.View(), losses.View(), logits.Columns);
        }
    }

    static partial void BackwardOnDevice(
        Tensor logits, Tensor targets, Saved saved, Tensor dLoss, GradientTarget dLogits, ref bool done)
    {
        IlgpuDevice gpu = logits.Gpu();
        if (gpu.Family == KernelFamily.Direct)
        {
            Backward<LaneTeam>(gpu, logits, targets, saved, dLoss, dLogits);
        }
        else if (gpu.HasSmallGroups)
        {
            Backward<GroupTeam<Group16>>(gpu, logits, targets, saved, dLoss, dLogits);
        }
        else
        {
            Backward<GroupTeam<Group128>>(gpu, logits, targets, saved, dLoss, dLogits);
        }

        done = true;
    }

    private static void Backward<TTeam>(
        IlgpuDevice gpu, Tensor logits, Tensor targets, Saved saved, Tensor dLoss, GradientTarget dLogits)
        where TTeam : struct, IRowTeam
    {
        if (logits.Rows > 0)
        {
            gpu.Kernel<ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
                ArrayView<float>, ArrayView<float>, int, int>(BackwardKernel<TTeam>)(
                gpu.Queue, new KernelConfig(logits.Rows, TTeam.Size), logits.View(), targets.IntegerView(),
                saved.Max.View(), saved.SumExp.View(), saved.RowWeight.View(), dLoss.View(), dLogits.Tensor.View(),
                logits.Columns, dLogits.Accumulate ? 1 : 0);
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
    private static void ForwardKernel<TTeam>(
        ArrayView<float> logits, ArrayView<int> targets, ArrayView<float> max, ArrayView<float> sumExp,
        ArrayView<float> losses, int columns)
        where TTeam : struct, IRowTeam
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
    private static void BackwardKernel<TTeam>(
        ArrayView<float> logits, ArrayView<int> targets, ArrayView<float> max, ArrayView<float> sumExp,
        ArrayView<float> rowWeight, ArrayView<float> dLoss, ArrayView<float> dLogits, int columns, int accumulate)
        where TTeam : struct, IRowTeam
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
            if (TokenTargets.IsId(target, columns) && target % TTeam.Size == Group.IdxX)
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
