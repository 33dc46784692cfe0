using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// dx = dy * (1 + scale); dShift[p] = sum over the draws of p of dy, dScale[p] of dy * x. Other columns of the modulation
/// get nothing from here: the first to contribute clears them. Saved: x and the modulation.
/// </content>
public static partial class Modulate
{
    private sealed class Node(Tensor x, Tensor modulation, int first, int draws, Tensor y) : TapeNode
    {
        public override string Op => Modulate.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget? dx = x.RequiresGradient ? tape.TargetFor(x) : null;
            Tensor? dModulation = modulation.RequiresGradient ? SummedInto(tape, modulation) : null;
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, x, modulation, first, draws, gradient, dx, dModulation);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(x, modulation, first, draws, gradient, dx, dModulation, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    /// <summary>The gradient of an operand of which only some columns are added to, zero at first.</summary>
    internal static Tensor SummedInto(Tape tape, Tensor operand)
    {
        (Tensor target, bool accumulate) = tape.TargetFor(operand);
        if (!accumulate)
        {
            target.Clear();
        }

        return target;
    }

    static partial void BackwardOnDevice(
        Tensor x, Tensor modulation, int first, int draws, Tensor dy, GradientTarget? dx, Tensor? dModulation,
        ref bool done);
}
