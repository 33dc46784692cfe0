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
            tape.Device.Profiler?.Count(0, Tensor.ElementSize * 2.0 * noise.Count); // and as many latents
            tape.Device.Run(new Backward(
                output, noise, latents, constants, 1f / noise.Count, gradient, tape.TargetFor(output)));
        }
    }

    private readonly partial struct Backward(
        Tensor output, Tensor noise, Tensor latents, Tensor constants, float scale, Tensor dLoss, GradientTarget dOutput)
        : IDeviceWork;
}
