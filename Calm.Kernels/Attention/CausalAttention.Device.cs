using Calm.Runtime;

namespace Calm.Kernels;

/// <content>Which kernels a device runs.</content>
public static partial class CausalAttention
{
    static partial void ForwardOnDevice(
        Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp, ref bool done)
    {
        if (logSumExp.Count > 0)
        {
            ForwardDirect(tape, q, k, v, sizes, y, logSumExp);
        }

        done = true;
    }

    static partial void BackwardOnDevice(
        Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp, Tensor dy,
        HeadsGradient dq, HeadsGradient dk, HeadsGradient dv, ref bool done)
    {
        if (logSumExp.Count > 0)
        {
            BackwardDirect(tape, q, k, v, sizes, y, logSumExp, dy, dq, dk, dv);
        }

        done = true;
    }
}
