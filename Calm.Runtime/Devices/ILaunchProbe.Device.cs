using ILGPU;

namespace Calm.Runtime;

/// <summary>Takes the place of launches, for tests.</summary>
internal interface ILaunchProbe
{
    /// <summary>Receives a launch, which does not take place.</summary>
    void Launch<TKernel>(KernelConfig config, TKernel kernel) where TKernel : struct, IKernel;
}
