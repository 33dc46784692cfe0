using Calm.Runtime;

namespace Calm.Kernels;

/// <content>dGate = dy * up * silu'(gate), dUp = dy * silu(gate). Saved: gate and up.</content>
public static partial class SwiGlu
{
    private sealed class Node(Tensor gateUp, Tensor y) : TapeNode
    {
        public override string Op => SwiGlu.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) =>
            tape.Device.Run(new Backward(gateUp, gradient, tape.TargetFor(gateUp)));
    }

    private readonly partial struct Backward(Tensor gateUp, Tensor dy, GradientTarget dGateUp) : IDeviceWork;
}
