namespace Calm.Runtime;

/// <summary>The kinds of devices.</summary>
public enum DeviceKind
{
    /// <summary>This process's own CPU, by SIMD loops.</summary>
    Host,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,

    /// <summary>Any OpenCL device: a GPU of any vendor, or a CPU.</summary>
    OpenCl,

    /// <summary>ILGPU's simulator on the CPU: for debugging kernels, far too slow to use.</summary>
    Emulated,
}
