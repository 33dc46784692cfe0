using Calm.Runtime;

namespace Calm.Kernels;

/// <content>dx = dLoss * 2 (x - target) / (R C). Nothing is saved but the operands.</content>
public static partial class MeanSquaredError
{
    private sealed class Node(Tensor x, Tensor target, Tensor loss) : TapeNode
    {
        public override string Op => MeanSquaredError.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget dx = tape.TargetFor(x);
            float scale = 2f / x.Count;
            tape.Device.Profiler?.Count(0, Tensor.ElementSize * (double)target.Count);
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, x, target, scale * gradient.Span[0], dx);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(x, target, scale, gradient, dx, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tensor x, Tensor target, float scale, Tensor dLoss, GradientTarget dx, ref bool done);
}
