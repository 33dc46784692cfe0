using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>Properties of kernels that CUDA's driver tells and ILGPU does not offer.</summary>
internal static unsafe partial class CudaDriver
{
    private const int MostThreads = 0; // CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK
    private const int LocalBytes = 3; // CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES
    private const int Registers = 4; // CU_FUNC_ATTRIBUTE_NUM_REGS

    /// <summary>The needs of a function.</summary>
    /// <param name="function">Its handle.</param>
    /// <param name="limit">The device's limit of threads, where the driver does not answer.</param>
    public static KernelNeeds NeedsOf(nint function, int limit) => new(
        Math.Min(limit, Get(function, MostThreads) ?? limit), Get(function, Registers), Get(function, LocalBytes));

    private static int? Get(nint function, int attribute)
    {
        int value = 0;
        return GetAttribute(&value, attribute, function) == 0 ? value : null;
    }

    [LibraryImport("cuda", EntryPoint = "cuFuncGetAttribute")]
    private static partial int GetAttribute(int* value, int attribute, nint function);
}
