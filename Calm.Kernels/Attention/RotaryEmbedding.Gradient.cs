using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// A rotation's gradient is turned back: by the negative angle, in place, and handed on as the gradient of x. Nothing
/// is saved but the angles.
/// </content>
public static partial class RotaryEmbedding
{
    private sealed class Node(Tensor x, Tensor y, Rotation inverse) : TapeNode
    {
        public override string Op => RotaryEmbedding.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            if (x.TryAdoptGradient(gradient))
            {
                Rotate(inverse, gradient, gradient, accumulate: false);
            }
            else
            {
                (Tensor dx, bool accumulate) = tape.TargetFor(x, reads: false);
                Rotate(inverse, gradient, dx, accumulate);
            }
        }
    }
}
