using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <content>The word of the driver on single kernels, for tuning.</content>
public sealed partial class IlgpuDevice
{
    /// <summary>Hears of launches; null unless the device is tuned.</summary>
    internal ILaunchWatch? Watch { get; set; }

    /// <summary>The needs of a kernel; compiles it if it was not launched before.</summary>
    internal KernelNeeds NeedsOf<TKernel>() where TKernel : struct, IKernel
    {
        if (!_launchers.ContainsKey(typeof(TKernel)))
        {
            Load<TKernel>();
        }

        return NeedsOf(typeof(TKernel));
    }

    /// <summary>The needs of a kernel that was launched before; the device's limits where the driver does not tell.</summary>
    internal KernelNeeds NeedsOf(Type kernel) => _kernels.GetValueOrDefault(kernel) switch
    {
        CLKernel cl when Accelerator.Device is CLDevice device =>
            OpenClDriver.NeedsOf(cl.KernelPtr, device.DeviceId, Limits.Threads),
        CudaKernel cuda => CudaDriver.NeedsOf(cuda.FunctionPtr, Limits.Threads),
        _ => new KernelNeeds(Limits.Threads, null, null),
    };
}
