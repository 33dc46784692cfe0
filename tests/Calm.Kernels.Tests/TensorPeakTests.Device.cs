using Calm.Runtime;
using Calm.Tests;
using ILGPU;

namespace Calm.Kernels.Tests;

/// <summary>The yardstick of tensor cores: what it computes, and where it measures nothing.</summary>
[Collection("devices")]
[Trait("tier", "emulator")] // whatever CALM_TEST_DEVICES names
public sealed class TensorPeakTests(TestDevices devices)
{
    [Fact]
    public void Each_product_of_ones_adds_sixteen_to_every_sum()
    {
        const int iterations = 3;
        IlgpuDevice gpu = (IlgpuDevice)devices["emulated"];
        using Arena arena = new(gpu, "test");
        Tensor sink = arena.Rent(new Shape(TensorCore.WarpSize), "test");
        gpu.Launch(
            new KernelConfig(1, TensorCore.WarpSize), new TensorPeak.TensorMultiplyAddKernel(sink.View(), iterations));
        Assert.All(sink.ToArray(), sum => Assert.Equal(16f * iterations * TensorPeak.Chains, sum));
    }

    [Fact]
    public void Its_loop_is_products_alone()
    {
        string ptx = KernelCompiler.ToPtx(KernelEntry<TensorPeak.TensorMultiplyAddKernel>.NamedMethod);
        Assert.Equal(TensorPeak.Chains, ptx.Split("mma.sync").Length - 1);
        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_no_peak_without_tensor_cores()
    {
        using HostDevice host = new(1);
        Assert.Equal(0, TensorPeak.Gflops(host));
        Assert.Equal(0, TensorPeak.Gflops(devices["emulated"]));
        Peak peak = new(100, 10) { TensorGflops = 1000 };
        Assert.Equal(100, peak.OfProducts(host).Gflops);
        host.Precision = Precision.BFloat16;
        Assert.Equal(1000, peak.OfProducts(host).Gflops);
    }
}
