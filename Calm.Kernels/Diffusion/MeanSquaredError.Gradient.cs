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
            tape.Device.Profiler?.Count(0, Tensor.ElementSize * (double)target.Count);
            tape.Device.Run(new Backward(x, target, 2f / x.Count, gradient, tape.TargetFor(x)));
        }
    }

    private readonly partial struct Backward(
        Tensor x, Tensor target, float scale, Tensor dLoss, GradientTarget dx) : IDeviceWork;
}
