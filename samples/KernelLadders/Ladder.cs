// Versions of two kernels, from naive to those in use; docs/laboratory.md compares them.
//   dotnet build samples/KernelLadders -c Release
//   ./calm verify  --assembly samples/KernelLadders/bin/Release/net10.0/KernelLadders.dll --device emulated
//   ./calm kernels --assembly samples/KernelLadders/bin/Release/net10.0/KernelLadders.dll
using Calm.Kernels;
using Calm.Runtime;

namespace KernelLadders;

/// <summary>Runs a version of a kernel as an op.</summary>
internal static class Ladder
{
    public static Tensor Run(Tape tape, Tensor[] x, Shape shape, Action<Tensor, Tensor, Tensor> kernel)
    {
        Check.Device(nameof(Ladder), tape, x);
        Tensor y = tape.Rent(shape, nameof(Ladder));
        kernel(x[0], x[1], y);
        return y;
    }
}
