namespace Calm.Runtime;

/// <summary>Two families of kernels, for CPUs and for GPUs: what is fast on one is slow on the other.</summary>
public enum KernelFamily
{
    /// <summary>
    /// OpenCL on a CPU: a work item is a loop in registers, without shared memory; groups are 16 work items, which the
    /// compiler turns into the lanes of a register, and barriers are dear.
    /// </summary>
    Direct,

    /// <summary>GPUs, and the emulator that stands for them: tiles in shared memory, many threads a group.</summary>
    Tiled,
}
