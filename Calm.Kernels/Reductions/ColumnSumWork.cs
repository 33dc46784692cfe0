using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>target[c] (+)= sum over r of x[r, c].</summary>
internal readonly struct ColumnSumWork(Tape tape, Tensor x, GradientTarget target) : IDeviceWork
{
    public unsafe void Run(HostDevice host) =>
        ColumnSum.Run(host, x.Pointer, x.Rows, x.Columns, target.Tensor.Pointer, target.Accumulate);

    public void Run(IlgpuDevice gpu) => ColumnSum.RunOnDevice(tape, x, target);
}
