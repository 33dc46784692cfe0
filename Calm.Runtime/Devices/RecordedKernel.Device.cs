using System.Reflection;
using ILGPU;

namespace Calm.Runtime;

/// <summary>A kernel that a device was asked to launch: see <see cref="IlgpuDevice.Recording"/>.</summary>
/// <param name="name">Its name: see <see cref="KernelName"/>.</param>
/// <param name="method">The method to compile.</param>
/// <param name="type">The kernel's struct, without its team.</param>
public sealed class RecordedKernel(string name, MethodInfo method, Type? type = null) : ILaunchWatch
{
    /// <summary>Its name: class, struct and the types it is specialised for.</summary>
    public string Name { get; } = name;

    /// <summary>The method to compile.</summary>
    public MethodInfo Method { get; } = method;

    /// <summary>The member that carries the kernel's attributes.</summary>
    public MemberInfo Declaration => type is null ? Method : type;

    /// <summary>Threads of the largest group that it was to be launched with; 0 if it never was.</summary>
    public int GroupSize { get; internal set; }

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
