using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <content>Refusals of what a driver would refuse, before it is launched, in a line that says which limit.</content>
public sealed partial class IlgpuDevice
{
    private const string LimitAdvice = "use another device, or the host.";

    /// <summary>The limits of groups that a driver tells.</summary>
    internal static GroupLimits LimitsOf(ILGPU.Runtime.Device device) =>
        new(device.MaxNumThreadsPerGroup, device.MaxSharedMemoryPerGroup);

    // The place of a view in its buffer reaches OpenCL kernels as 32 bits: ILGPU 1.5.3 counts it in elements. On CUDA an address
    // does, with 64.
    private protected override long LargestIndexedBlock => Kind != DeviceKind.OpenCl
        ? long.MaxValue
        : Tensor.MostElements * (long)(Precision == Precision.BFloat16 ? sizeof(ushort) : sizeof(float));

    /// <summary>The most bytes that a driver gives in one piece.</summary>
    internal static long LargestBlockOf(ILGPU.Runtime.Device device) => device is CLDevice cl
        ? Math.Min(OpenClDriver.LargestBlockOf(cl), (long)Tensor.MostElements * sizeof(float))
        : long.MaxValue;

    private bool Allows(in KernelConfig config)
    {
        Index3D most = Accelerator.MaxGridSize;
        Index3D grid = config.GridDim;
        return config.GroupDim.Size <= Limits.Threads && grid.X <= most.X && grid.Y <= most.Y && grid.Z <= most.Z;
    }

    private CalmException DoesNotFit<TKernel>(in KernelConfig config)
    {
        string kernel = KernelName.Of(typeof(TKernel));
        Index3D most = Accelerator.MaxGridSize;
        return new CalmException(config.GroupDim.Size > Limits.Threads
            ? $"{kernel}: needs groups of {config.GroupDim.Size} threads, {Name} has at most {Limits.Threads}; {LimitAdvice}"
            : $"{kernel}: needs a grid of {Text(config.GridDim)} groups, {Name} has at most {Text(most)}; use a smaller batch.");
    }

    private void RequireSharedMemory(string kernel, Kernel compiled)
    {
        int bytes = EntryPointOf(compiled.CompiledKernel).SharedMemory.StaticSize;
        if (bytes > Limits.SharedBytes)
        {
            throw new CalmException(
                $"{kernel}: needs {bytes} B of shared memory a group, {Name} has {Limits.SharedBytes}; {LimitAdvice}");
        }
    }

    // ILGPU 1.5.3 keeps the size to itself.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_EntryPoint")]
    private static extern EntryPoint EntryPointOf(CompiledKernel kernel);

    private static string Text(Index3D size) => $"{size.X} x {size.Y} x {size.Z}";
}
