using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// With p[i, j] = exp(scale q[i] . k[j] - logSumExp[i]) and dp[i, j] = dy[i] . v[j]:
/// dv[j] = sum over i of p[i, j] dy[i]; ds[i, j] = scale p[i, j] (dp[i, j] - dy[i] . y[i]);
/// dq[i] = sum over j of ds[i, j] k[j]; dk[j] = sum over i of ds[i, j] q[i].
/// Saved: q, k, v, y and one float a query; p is made again tile by tile. With a precision that rounds q, k and v, dy is
/// rounded too.
/// </content>
public static partial class CausalAttention
{
    private sealed class Node(Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp) : TapeNode
    {
        public override string Op => CausalAttention.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            tape.Device.CountAttention(5 * sizes.ProductFlops);

            // A fused projection is asked for once: queries, keys and values together overwrite all of its gradient.
            bool isFused = k.FirstColumn > 0;
            GradientTarget? dq = TargetOf(tape, q.Tensor);
            GradientTarget? dk = isFused ? dq : TargetOf(tape, k.Tensor);
            GradientTarget? dv = isFused ? dq : TargetOf(tape, v.Tensor);
            Tensor? rounded = UsesTensorCores(tape.Device, sizes) ? null : RoundedCopy(tape, gradient);
            Tensor dy = rounded ?? gradient;
            tape.Device.Run(new Backward(
                tape, q, k, v, sizes, y, logSumExp, dy, new(dq, q.FirstColumn), new(dk, k.FirstColumn),
                new(dv, v.FirstColumn)));
        }

        private static GradientTarget? TargetOf(Tape tape, Tensor input) =>
            input.RequiresGradient ? tape.TargetFor(input) : null;
    }

    /// <summary>The gradient of an operand's heads; no target if none is wanted.</summary>
    private readonly record struct HeadsGradient(GradientTarget? Target, int FirstColumn);

    private readonly partial struct Backward(
        Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp, Tensor dy,
        HeadsGradient dq, HeadsGradient dk, HeadsGradient dv) : IDeviceWork;
}
