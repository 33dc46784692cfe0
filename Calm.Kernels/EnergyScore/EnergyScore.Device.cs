using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The device's part: the loop over positions, then the mean in a fixed order.</content>
public static partial class EnergyScore
{
    static partial void ForwardOnDevice(
        EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent, Tensor terms, Tensor loss, Tensor? gradient,
        ref bool done)
    {
        IlgpuDevice gpu = draws.Gpu();
        EnergySlopes slopes = new(-1.0 / sizes.Positions, 2.0 / sizes.Positions, null);
        GradientTarget? dDraws = gradient is null ? null : new GradientTarget(gradient, Accumulate: false);
        DeviceEnergyLoop.Run(gpu, sizes, draws, targets, exponent, terms, slopes, dDraws);
        ScalarSum.Run(gpu, terms, sizes.Positions, -1f / sizes.Positions, 2f / sizes.Positions, loss);
        done = true;
    }
}
