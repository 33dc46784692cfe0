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

        public override void Backward(Tape tape, Tensor gradient) =>
            tape.Device.Run(new Modulation.Backward<ShiftAndScale>(
                x, modulation, first, draws, gradient, x.RequiresGradient ? tape.TargetFor(x) : null,
                Modulation.GradientOf(tape, modulation)));
    }
}
