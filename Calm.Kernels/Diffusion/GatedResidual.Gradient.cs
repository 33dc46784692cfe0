using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// dx = dy, handed on without a copy; dBranch = dy * gate; dGate[p] = sum over the draws of p of dy * branch. Saved: the
/// branch and the modulation.
/// </content>
public static partial class GatedResidual
{
    private sealed class Node(Tensor x, Tensor branch, Tensor modulation, int first, int draws, Tensor y) : TapeNode
    {
        public override string Op => GatedResidual.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            tape.Device.Run(new Modulation.Backward<Gate>(
                branch, modulation, first, draws, gradient, branch.RequiresGradient ? tape.TargetFor(branch) : null,
                Modulation.GradientOf(tape, modulation)));
            if (x.RequiresGradient)
            {
                GradientSum.Give(tape, x, gradient);
            }
        }
    }
}
