using System.Reflection;

namespace Calm.Runtime;

/// <summary>A kernel that a device was asked to launch: see <see cref="IlgpuDevice.Recording"/>.</summary>
public sealed class RecordedKernel
{
    private readonly Func<IlgpuDevice, string?> _prepare;

    internal RecordedKernel(Type kernel, MethodInfo method, Func<IlgpuDevice, string?> prepare)
    {
        _prepare = prepare;
        Name = KernelName.Of(kernel);
        Declaration = KernelName.AdaptedBy(kernel) ?? kernel;
        Method = method;
    }

    /// <summary>Its name: see <see cref="KernelName"/>.</summary>
    public string Name { get; }

    /// <summary>The kernel's struct, which carries its attributes; of an adapter, the struct that it runs.</summary>
    public Type Declaration { get; }

    /// <summary>The method to compile.</summary>
    public MethodInfo Method { get; }

    /// <summary>Threads of the largest group that it was to be launched with.</summary>
    public int GroupSize { get; internal set; }

    /// <summary>Bytes of its parameters, with 24 for each view: no driver counts more.</summary>
    public int ParameterBytes { get; internal set; }

    /// <summary>Makes it ready on another device.</summary>
    /// <returns>The reason why the device cannot run it; null if it can.</returns>
    internal string? Prepare(IlgpuDevice device) => _prepare(device);
}
