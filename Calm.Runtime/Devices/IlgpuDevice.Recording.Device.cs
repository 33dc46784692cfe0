using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Calm.Runtime;

/// <content>Devices that record kernels instead of compiling and launching them.</content>
public sealed partial class IlgpuDevice
{
    // An aligned address for memory that is never read or written: views need one.
    private const nint NoMemory = 1 << 12;

    private Dictionary<Type, RecordedKernel>? _recorded;

    /// <summary>
    /// A device that records kernels instead of running them. Its tensors have places in a memory that is not there: copies do
    /// nothing, and results are undefined. An op that runs on it shows every kernel that such a device would launch, in its
    /// specialisations, and what memory it would take.
    /// </summary>
    /// <param name="family">The family of kernels to record.</param>
    /// <param name="kind">The kind of device to stand for.</param>
    /// <param name="limits">Its limits; by default those of CUDA.</param>
    /// <param name="memory">Bytes of memory to stand for.</param>
    /// <param name="name">Its name in messages; null for one that says what it does.</param>
    public static IlgpuDevice Recording(
        KernelFamily family, DeviceKind kind, GroupLimits? limits = null, long memory = long.MaxValue, string? name = null)
    {
        // The fewest threads that ILGPU permits: its simulator only makes views.
        CPUDevice simulated = new(numThreadsPerWarp: 2, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1);
        Context context = CreateContext(builder => builder.CPU(simulated));
        return new IlgpuDevice(name ?? $"recording {kind}", kind, "records kernels", context, context.GetDevice<CPUDevice>(0))
        {
            Family = family,
            Limits = limits ?? GroupLimits.Cuda,
            _memory = memory,
            _recorded = [],
        };
    }

    /// <summary>A device that emulates a GPU with limits of its own, for tests: its groups are as large as the GPU's.</summary>
    /// <param name="limits">Its limits; threads are warps of 32.</param>
    internal static IlgpuDevice Emulating(GroupLimits limits)
    {
        CPUDevice simulated = new(TensorCore.WarpSize, limits.Threads / TensorCore.WarpSize, Environment.ProcessorCount);
        Context context = CreateContext(builder => builder.CPU(simulated));
        return new IlgpuDevice("emulated GPU", DeviceKind.OpenCl, "ILGPU", context, context.GetDevice<CPUDevice>(0))
        {
            Family = KernelFamily.Tiled,
            Limits = limits,
        };
    }

    /// <inheritdoc/>
    public override Device Rehearsal()
    {
        IlgpuDevice device = Recording(Family, Kind, Limits, MemorySize, Name);
        device.LargestBlock = LargestBlock;
        device._hasTensorCores = HasTensorCores;
        device.Precision = Precision;
        return device;
    }

    /// <summary>The kernels recorded since the last call, in order.</summary>
    /// <exception cref="InvalidOperationException">The device is not <see cref="Recording"/>.</exception>
    public IReadOnlyList<RecordedKernel> TakeRecorded()
    {
        if (_recorded is null)
        {
            throw new InvalidOperationException($"{Name}: runs its kernels and records none.");
        }

        List<RecordedKernel> kernels = [.. _recorded.Values];
        _recorded.Clear();
        return kernels;
    }

    /// <summary>A block of memory, or of none where nothing runs.</summary>
    internal MemoryBuffer AllocateBuffer(long byteCount) => _recorded is null
        ? Accelerator.AllocateRaw(byteCount, 1)
        : CPUMemoryBuffer.Create(Accelerator, NoMemory, byteCount, 1);

    private void Record<TKernel>(KernelConfig config) where TKernel : struct, IKernel
    {
        if (!_recorded!.TryGetValue(typeof(TKernel), out RecordedKernel? kernel))
        {
            kernel = new RecordedKernel(
                typeof(TKernel), KernelEntry<TKernel>.NamedMethod, static device => device.Prepare<TKernel>());
            _recorded.Add(typeof(TKernel), kernel);
        }

        kernel.GroupSize = Math.Max(kernel.GroupSize, config.GroupDim.Size);
        kernel.ParameterBytes = Unsafe.SizeOf<TKernel>();
    }
}
