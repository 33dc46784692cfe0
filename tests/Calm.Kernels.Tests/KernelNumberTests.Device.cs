using Calm.Runtime;
using Calm.Tests;
using ILGPU;

namespace Calm.Kernels.Tests;

/// <summary>Arithmetic of kernels has the same bits on a device as on the host.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class KernelNumberTests(TestDevices devices)
{
    private const int Count = 1 << 12;
    private const int ManyDraws = 1 << 20;

    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Functions_have_the_hosts_bits(string deviceName)
    {
        float[] x = [.. Enumerable.Range(0, Count).Select(i => (i - Count / 2) * 0.05f), float.NaN, float.PositiveInfinity, 0];
        IlgpuDevice gpu = (IlgpuDevice)devices[deviceName];
        using Tape tape = new(gpu);
        Tensor y = tape.Rent(new Shape(3, x.Length), "test");
        Tensor input = tape.From(x, new Shape(x.Length));
        gpu.Launch(Launch.Items(gpu, x.Length), new FunctionsKernel(input.View(), y.View()));
        float[] got = y.ToArray();
        for (int i = 0; i < x.Length; i++)
        {
            AssertBits(Lanes1.Sum(LaneMath.Exp(Lanes1.Broadcast(x[i]))), got[i], $"exp {x[i]}");
            AssertBits(Lanes1.Sum(LaneMath.Log(Lanes1.Broadcast(x[i]))), got[x.Length + i], $"log {x[i]}");
            AssertBits(Lanes1.Sum(LaneMath.Sigmoid(Lanes1.Broadcast(x[i]))), got[2 * x.Length + i], $"sigmoid {x[i]}");
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Normals_have_the_hosts_bits(string deviceName)
    {
        IlgpuDevice gpu = (IlgpuDevice)devices[deviceName];
        int count = gpu.Kind == DeviceKind.Emulated ? Count : ManyDraws;
        RandomStream stream = new(0x123456789abcdef, 17, 3);
        using Tape tape = new(gpu);
        Tensor y = tape.Rent(new Shape(count), "test");
        gpu.Launch(Launch.Items(gpu, count), new NormalsKernel(y.View(), gpu.NormalTable, new KernelRandom(stream)));
        float[] got = y.ToArray();
        for (int i = 0; i < count; i++)
        {
            AssertBits(stream.Normal((ulong)i), got[i], $"draw {i}");
        }
    }

    internal readonly struct FunctionsKernel(ArrayView<float> x, ArrayView<float> y) : IKernel
    {
        public void Run()
        {
            int i = Grid.GlobalIndex.X;
            int count = x.IntLength;
            if (i < count)
            {
                y[i] = KernelMath.Exp(x[i]);
                y[count + i] = KernelMath.Log(x[i]);
                y[2 * count + i] = KernelMath.Sigmoid(x[i]);
            }
        }
    }

    internal readonly struct NormalsKernel(ArrayView<float> y, ArrayView<float> table, KernelRandom random) : IKernel
    {
        public void Run()
        {
            int i = Grid.GlobalIndex.X;
            if (i < y.IntLength)
            {
                y[i] = KernelRandom.Normal(random.Word((ulong)i), table);
            }
        }
    }

    private static void AssertBits(float expected, float got, string what)
    {
        bool same = BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(got)
            || (float.IsNaN(expected) && float.IsNaN(got));
        Assert.True(same, $"{what}: {got:R}, expected {expected:R}");
    }
}
