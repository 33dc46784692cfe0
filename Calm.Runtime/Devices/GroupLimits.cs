namespace Calm.Runtime;

/// <summary>A device's limits of a group of threads, which decide the form of a kernel that it runs.</summary>
/// <param name="Threads">The most threads of a group.</param>
/// <param name="SharedBytes">Memory that a group shares, in bytes: OpenCL's local memory.</param>
public readonly record struct GroupLimits(int Threads, int SharedBytes)
{
    /// <summary>The least that every op has a form for: what OpenCL promises of memory, and one wave of any GPU.</summary>
    public static GroupLimits Least => new(64, 32 << 10);

    /// <summary>The limits of NVIDIA's GPUs, without asking for more.</summary>
    public static GroupLimits Cuda => new(1024, 48 << 10);

    /// <summary>Whether a group of these needs fits.</summary>
    public bool Allow(GroupLimits needs) => needs.Threads <= Threads && needs.SharedBytes <= SharedBytes;
}
