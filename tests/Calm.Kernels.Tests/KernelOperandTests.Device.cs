using Calm.Runtime;
using Calm.Tests;
using ILGPU;

namespace Calm.Kernels.Tests;

/// <summary>Operands reach a kernel wherever its struct nests them, whichever kernels a device has compiled before.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class KernelOperandTests
{
    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_flat_kernel_after_a_nested_one(string deviceName)
    {
        using IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(deviceName);
        Assert.Equal([1, 2], OfNested(gpu));
        Assert.Equal([1, 2], OfFlat(gpu));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_nested_kernel_after_a_flat_one(string deviceName)
    {
        using IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(deviceName);
        Assert.Equal([1, 2], OfFlat(gpu));
        Assert.Equal([1, 2], OfNested(gpu));
    }

    private static float[] OfFlat(IlgpuDevice gpu)
    {
        using Tape tape = new(gpu);
        Tensor y = tape.Rent(new Shape(2), "test");
        gpu.Launch(new KernelConfig(1, 1), new FlatKernel(y.View(), 1, 2));
        return y.ToArray();
    }

    private static float[] OfNested(IlgpuDevice gpu)
    {
        using Tape tape = new(gpu);
        Tensor y = tape.Rent(new Shape(2), "test");
        gpu.Launch(new KernelConfig(1, 1), new NestedKernel(new Numbered(y.View(), 1), 2));
        return y.ToArray();
    }

    /// <summary>first lies 16 bytes behind y, second 4 bytes behind first.</summary>
    internal readonly struct FlatKernel(ArrayView<float> y, int first, int second) : IKernel
    {
        public void Run()
        {
            y[0] = first;
            y[1] = second;
        }
    }

    /// <summary>The same fields, but second lies behind the padding of the nested struct: 8 bytes behind first.</summary>
    internal readonly struct NestedKernel(Numbered numbered, int second) : IKernel
    {
        public void Run()
        {
            numbered.Y[0] = numbered.Number;
            numbered.Y[1] = second;
        }
    }

    internal readonly struct Numbered(ArrayView<float> y, int number)
    {
        public readonly ArrayView<float> Y = y;
        public readonly int Number = number;
    }
}
