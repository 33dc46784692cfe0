using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Calm.Tests;

/// <summary>Tests compile their kernels anew, except for those of the cache, which name a folder of their own.</summary>
internal static class NoKernelCache
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The variable must be set before any device is opened.")]
    internal static void Set() => Environment.SetEnvironmentVariable("CALM_KERNEL_CACHE", "off");
}
