namespace Calm.Runtime;

/// <summary>A device that was found, whether or not it can be used.</summary>
/// <param name="Name">Its name, such as host or cuda:0.</param>
/// <param name="Kind">Its kind: host, CUDA, OpenCL or emulated.</param>
/// <param name="Description">Make and model; empty if unknown.</param>
/// <param name="Reason">The reason why it cannot be used; null if it can.</param>
/// <param name="Open">Opens it. Throws <see cref="CalmException"/> where <paramref name="Reason"/> is given.</param>
public sealed record DeviceEntry(string Name, DeviceKind Kind, string Description, string? Reason, Func<Device> Open)
{
    /// <summary>Whether it can be opened.</summary>
    public bool Usable => Reason is null;

    /// <summary>Capabilities worth knowing, as name and value: memory, compute units, extensions.</summary>
    public IReadOnlyList<(string Name, string Value)> Capabilities { get; init; } = [];

    /// <summary>Limits of its groups and the family of kernels that it runs; null for the host, which has neither.</summary>
    public (GroupLimits Limits, KernelFamily Family)? Kernels { get; init; }

    /// <summary>Bytes of the largest tensor that it holds; null where nothing but its memory bounds them.</summary>
    public long? LargestTensor { get; init; }

    /// <summary>Missing features of a device that can still be used, and their consequences.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>An entry for a device, or a whole kind of devices, that cannot be used.</summary>
    public static DeviceEntry Unusable(string name, DeviceKind kind, string description, string reason) =>
        new(name, kind, description, reason, () => throw new CalmException($"{name}: {reason}"));
}
