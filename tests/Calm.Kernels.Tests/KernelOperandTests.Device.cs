using System.Runtime.InteropServices;
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

    /// <summary>Each is refused in one line, on every device alike, before anything is compiled.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void Operands_that_would_arrive_wrong_are_refused(string deviceName)
    {
        using IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(deviceName);
        using Tape tape = new(gpu);
        ArrayView<float> y = tape.Rent(new Shape(2), "test").View();
        Refused(new MixedKernel(y, new Flat(y, 1, 2), new Nested(new Numbered(y, 1), 2)), "Flat and Nested hold the same fields");
        Refused(new FlagKernel(y, true), "flag is a Boolean, which kernels cannot get: make it an int");
        Refused(new PackedKernel(y, default), "packed has a layout of its own");
        Assert.Equal([1, 2], OfFlat(gpu));

        void Refused<TKernel>(TKernel kernel, string message) where TKernel : struct, IKernel => Assert.Contains(
            message, Assert.Throws<CalmException>(() => gpu.Launch(new KernelConfig(1, 1), kernel)).Message);
    }

    internal static float[] OfFlat(IlgpuDevice gpu)
    {
        using Tape tape = new(gpu);
        Tensor y = tape.Rent(new Shape(2), "test");
        gpu.Launch(new KernelConfig(1, 1), new FlatKernel(y.View(), 1, 2));
        return y.ToArray();
    }

    internal static float[] OfNested(IlgpuDevice gpu)
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

    internal readonly struct MixedKernel(ArrayView<float> y, Flat flat, Nested nested) : IKernel
    {
        public void Run() => y[0] = flat.Second + nested.Second;
    }

    internal readonly struct FlagKernel(ArrayView<float> y, bool flag) : IKernel
    {
        public void Run() => y[0] = flag ? 1f : 0f;
    }

    internal readonly struct PackedKernel(ArrayView<float> y, Packed packed) : IKernel
    {
        public void Run() => y[0] = packed.Number;
    }

    internal readonly struct Flat(ArrayView<float> y, int first, int second)
    {
        public readonly ArrayView<float> Y = y;
        public readonly int First = first;
        public readonly int Second = second;
    }

    internal readonly struct Nested(Numbered numbered, int second)
    {
        public readonly Numbered Numbered = numbered;
        public readonly int Second = second;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal struct Packed
    {
        public byte Mark;
        public int Number;
    }

    internal readonly struct Numbered(ArrayView<float> y, int number)
    {
        public readonly ArrayView<float> Y = y;
        public readonly int Number = number;
    }
}
