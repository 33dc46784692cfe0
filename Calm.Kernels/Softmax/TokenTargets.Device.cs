using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// Means over live rows without leaving the device. A target that is neither an id nor <see cref="Ignored"/>, an error on
/// the host, counts as live here and makes the loss NaN: to say more, every step would have to wait for the device.
/// </content>
internal static partial class TokenTargets
{
    /// <summary>Writes a live row's part of a loss, scale / number of live rows, or 0 if there are none.</summary>
    public static void WeighRows(IlgpuDevice gpu, Tensor targets, float scale, Tensor rowWeight) =>
        gpu.LaunchGroups(new Index3D(1, 1, 1), new WeighRowsKernel(targets.IntegerView(), scale, rowWeight.View()));

    /// <summary>Writes the loss: rowWeight * sum of the rows' losses.</summary>
    public static void AddRows(IlgpuDevice gpu, Tensor losses, Tensor rowWeight, Tensor loss) =>
        gpu.LaunchRows(1, new AddRowsKernel(losses.View(), rowWeight.View(), loss.View()));

    /// <summary>A row's loss, log s + (m - z[t]), from its greatest logit m and the sum s of exp(z - m).</summary>
    /// <param name="target">An id, <see cref="Ignored"/>, or neither.</param>
    /// <param name="vocabulary">Number of ids.</param>
    /// <param name="max">m.</param>
    /// <param name="sumExp">s.</param>
    /// <param name="targetLogit">z[t]; not looked at without a target.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float RowLoss(int target, int vocabulary, float max, float sumExp, float targetLogit)
    {
        float loss = KernelMath.Log(sumExp) + (max - targetLogit);
        return target == Ignored ? 0 : IsId(target, vocabulary) ? loss : float.NaN;
    }

    /// <summary>Whether a row has a target that is an id.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsId(int target, int vocabulary) => target >= 0 && target < vocabulary;

    /// <summary>rowWeight = scale / number of targets that are not ignored; 0 if all are.</summary>
    /// <param name="targets">In, [R].</param>
    /// <param name="scale">Factor of the mean.</param>
    /// <param name="rowWeight">Out, a scalar.</param>
    /// <remarks>
    /// Launch: one group of TGroup threads. Shared memory: 4 B a thread. Numerics: counts are exact below 2^24.
    /// </remarks>
    internal readonly struct WeighRowsKernel(
        ArrayView<int> targets, float scale, ArrayView<float> rowWeight) : IGroupKernel
    {
        public void Run<TGroup>() where TGroup : struct, IGroupSize
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TGroup.Size);
            int count = 0;
            for (int row = Group.IdxX; row < targets.IntLength; row += TGroup.Size)
            {
                count += targets[row] == Ignored ? 0 : 1;
            }

            float live = GroupSum.Of<TGroup>(count, shared);
            if (Group.IdxX == 0)
            {
                rowWeight[0] = live > 0 ? scale / live : 0;
            }
        }
    }

    /// <summary>loss = rowWeight * sum of losses.</summary>
    /// <param name="losses">In, [R].</param>
    /// <param name="rowWeight">In, a scalar.</param>
    /// <param name="loss">Out, a scalar.</param>
    /// <remarks>Launch: one team. Numerics: a float sum in the team's order.</remarks>
    internal readonly struct AddRowsKernel(
        ArrayView<float> losses, ArrayView<float> rowWeight, ArrayView<float> loss) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            float sum = TTeam.Sum(new RowNumber(losses, 0), losses.IntLength, shared);
            if (Group.IdxX == 0)
            {
                loss[0] = rowWeight[0] * sum;
            }
        }
    }
}
