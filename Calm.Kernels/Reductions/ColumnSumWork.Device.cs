using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The kernels of <see cref="ColumnSum"/>.</content>
internal readonly partial struct ColumnSumWork
{
    public void Run(IlgpuDevice gpu) => ColumnSum.RunOnDevice(tape, x, target);
}
