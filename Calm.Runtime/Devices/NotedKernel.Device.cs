using System.Reflection;
using ILGPU;

namespace Calm.Runtime;

/// <summary>A kernel that a device was asked for: see <see cref="IlgpuDevice.Noting"/>.</summary>
/// <param name="method">The method, its type parameters given.</param>
public sealed class NotedKernel(MethodInfo method) : ILaunchWatch
{
    /// <summary>The method, its type parameters given.</summary>
    public MethodInfo Method { get; } = method;

    /// <summary>Threads of the largest group that it was to be launched with; 0 if it never was.</summary>
    public int GroupSize { get; private set; }

    bool ILaunchWatch.Before(KernelConfig config)
    {
        GroupSize = Math.Max(GroupSize, config.GroupDim.Size);
        return false;
    }

    void ILaunchWatch.After()
    {
        // Nothing is launched.
    }
}
