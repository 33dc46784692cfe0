using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The device's part is the loop over positions.</content>
public static partial class EnergyTerms
{
    static partial void RunOnDevice(
        EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent, Tensor terms, Tensor? dTerms,
        GradientTarget? dDraws, ref bool done)
    {
        DeviceEnergyLoop.Run(
            draws.Gpu(), sizes, draws, targets, exponent, terms, new EnergySlopes(1, 1, dTerms), dDraws);
        done = true;
    }
}
