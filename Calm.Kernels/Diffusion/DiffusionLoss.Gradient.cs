using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// With g = dLoss / (R L): de = 2 g (e - noise), dv = g / ln 2 times the slope of the bound's term in v. Nothing is saved:
/// the term is computed again.
/// </content>
public static partial class DiffusionLoss
{
    private sealed class Node(Tensor output, Tensor noise, Tensor latents, Tensor constants, Tensor loss) : TapeNode
    {
        public override string Op => DiffusionLoss.Op;

        public override Tensor Output => loss;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget dOutput = tape.TargetFor(output);
            float scale = 1f / noise.Count;
            tape.Device.Profiler?.Count(0, Tensor.ElementSize * 2.0 * noise.Count); // and as many latents
            if (tape.Device is HostDevice host)
            {
                BackwardOnHost(host, output, noise, latents, constants, scale * gradient.Span[0], dOutput);
            }
            else
            {
                bool done = false;
                BackwardOnDevice(output, noise, latents, constants, scale, gradient, dOutput, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    static partial void BackwardOnDevice(
        Tensor output, Tensor noise, Tensor latents, Tensor constants, float scale, Tensor dLoss, GradientTarget dOutput,
        ref bool done);
}
