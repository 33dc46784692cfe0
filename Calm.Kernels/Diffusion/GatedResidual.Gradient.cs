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
            GradientTarget? dBranch = branch.RequiresGradient ? tape.TargetFor(branch) : null;
            Tensor? dModulation = modulation.RequiresGradient ? Modulate.SummedInto(tape, modulation) : null;
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, branch, modulation, first, draws, gradient, dBranch, dModulation);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(branch, modulation, first, draws, gradient, dBranch, dModulation, ref done);
                Check.Done(Op, tape.Device, done);
            }

            if (x.RequiresGradient)
            {
                GradientSum.Give(tape, x, gradient);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tensor branch, Tensor modulation, int first, int draws, Tensor dy, GradientTarget? dBranch, Tensor? dModulation,
        ref bool done);
}
