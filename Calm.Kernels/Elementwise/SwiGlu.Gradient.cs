using Calm.Runtime;

namespace Calm.Kernels;

/// <content>dGate = dy * up * silu'(gate), dUp = dy * silu(gate). Saved: gate and up.</content>
public static partial class SwiGlu
{
    private sealed class Node(Tensor gateUp, Tensor y) : TapeNode
    {
        public override string Op => SwiGlu.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget dGateUp = tape.TargetFor(gateUp);
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, gateUp, gradient, dGateUp);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(gateUp, gradient, dGateUp, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    static partial void BackwardOnDevice(Tensor gateUp, Tensor dy, GradientTarget dGateUp, ref bool done);
}
