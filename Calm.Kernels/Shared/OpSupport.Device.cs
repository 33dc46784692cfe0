using System.Collections.Concurrent;
using System.Reflection;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Ops that a device's limits leave out. Every op has a form for <see cref="GroupLimits.Least"/>.</summary>
internal static class OpSupport
{
    private static readonly ConcurrentDictionary<MethodInfo, int> SharedBytes = [];

    /// <summary>The ops that a device cannot run in all of their cases, with the first reason of each.</summary>
    /// <param name="family">The family of kernels that it runs.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="limits">Its limits of groups.</param>
    public static IReadOnlyList<(string Op, string Reason)> Missing(
        KernelFamily family, DeviceKind kind, GroupLimits limits) =>
        kind == DeviceKind.Emulated || limits.Allow(GroupLimits.Least)
            ? []
            : Check(family, kind, limits, Precision.Float32, OpCases.Find());

    /// <summary>The same, found out from the kernels that cases launch and from what they compile to.</summary>
    /// <param name="family">The family of kernels.</param>
    /// <param name="kind">The kind of device.</param>
    /// <param name="limits">Its limits of groups.</param>
    /// <param name="precision">Its precision.</param>
    /// <param name="cases">The cases to run.</param>
    public static IReadOnlyList<(string Op, string Reason)> Check(
        KernelFamily family, DeviceKind kind, GroupLimits limits, Precision precision, IReadOnlyList<OpCase> cases)
    {
        using IlgpuDevice device = IlgpuDevice.Recording(family, kind, limits);
        device.Precision = precision;
        Dictionary<string, string> missing = [];
        List<(string Op, RecordedKernel Kernel)> kernels = [];
        foreach (OpCase c in cases)
        {
            try
            {
                KernelSources.Run(c, device);
            }
            catch (CalmException refusal)
            {
                missing.TryAdd(c.Op, refusal.Message);
            }

            kernels.AddRange(device.TakeRecorded().Select(kernel => (c.Op, kernel)));
        }

        foreach (var (op, reason) in Unfit(kernels, limits))
        {
            missing.TryAdd(op, reason);
        }

        return [.. missing.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value))];
    }

    private static IEnumerable<(string Op, string Reason)> Unfit(
        IEnumerable<(string Op, RecordedKernel Kernel)> kernels, GroupLimits limits) =>
        kernels.DistinctBy(k => (k.Op, k.Kernel.Method)).GroupBy(k => k.Kernel.Method).AsParallel()
            .Select(group => (Uses: group.ToList(), Reason: WhyUnfit(group.First().Kernel, limits)))
            .Where(group => group.Reason is not null)
            .SelectMany(group => group.Uses.Select(use => (use.Op, group.Reason!)));

    private static string? WhyUnfit(RecordedKernel kernel, GroupLimits limits)
    {
        int shared = SharedBytes.GetOrAdd(
            kernel.Method, static method => KernelResources.OfPtx(KernelCompiler.ToPtx(method)).SharedBytes);
        return shared > limits.SharedBytes ? $"{kernel.Name}: needs {shared} B of shared memory a group"
            : kernel.ParameterBytes > DeviceList.KernelParameterBytes
                ? $"{kernel.Name}: has {kernel.ParameterBytes} B of parameters"
                : null;
    }
}
