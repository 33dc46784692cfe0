using System.Reflection;
using ILGPU;
using ILGPU.Runtime.CPU;

namespace Calm.Runtime;

/// <content>Devices that compile and launch nothing, but say which kernels they were asked for.</content>
public sealed partial class IlgpuDevice
{
    private Dictionary<MethodInfo, NotedKernel>? _noted;

    /// <summary>
    /// A device that takes note of kernels instead of running them; its tensors have real memory, with anything in it. Ops
    /// that run on it name every kernel that a device like it would launch, in the specialisation it would launch.
    /// </summary>
    /// <param name="family">Which kernels it seems to want.</param>
    /// <param name="kind">What it seems to be.</param>
    public static IlgpuDevice Noting(KernelFamily family, DeviceKind kind)
    {
        // The fewest threads that ILGPU permits: its simulator only provides memory.
        CPUDevice memory = new(numThreadsPerWarp: 2, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1);
        Context context = CreateContext(builder => builder.CPU(memory));
        return new IlgpuDevice($"noting {kind}", kind, "takes note of kernels", context, context.GetDevice<CPUDevice>(0))
        {
            Family = family,
            _noted = [],
        };
    }

    /// <summary>The kernels that were asked for since the last call, in order.</summary>
    /// <exception cref="InvalidOperationException">The device is not <see cref="Noting"/>.</exception>
    public IReadOnlyList<NotedKernel> TakeNotes()
    {
        if (_noted is null)
        {
            throw new InvalidOperationException($"{Name}: runs its kernels and takes no notes.");
        }

        List<NotedKernel> notes = [.. _noted.Values];
        _noted.Clear();
        _kernels.Clear();
        return notes;
    }

    private NotedKernel Note(MethodInfo kernel)
    {
        if (!_noted!.TryGetValue(kernel, out NotedKernel? note))
        {
            note = new NotedKernel(kernel);
            _noted.Add(kernel, note);
        }

        return note;
    }
}
