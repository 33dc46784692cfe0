using ILGPU;

namespace Calm.Runtime;

/// <summary>What is told of every launch of one kernel.</summary>
internal interface ILaunchWatch
{
    /// <summary>Called before a launch; false if it is not to be made.</summary>
    bool Before(KernelConfig config);

    /// <summary>Called after it.</summary>
    void After();
}
