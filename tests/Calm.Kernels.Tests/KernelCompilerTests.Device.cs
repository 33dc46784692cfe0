using System.Reflection;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels.Tests;

/// <summary>That the checks of generated code see what they are there for, and how kernels are found.</summary>
public sealed class KernelCompilerTests
{
    [Fact]
    public void An_array_indexed_by_a_variable_is_seen()
    {
        KernelResources resources = KernelResources.OfPtx(KernelCompiler.ToPtx(Method(nameof(StackKernel))));
        Assert.True(resources.StackBytes >= 32, resources.ToString());
        Assert.True(resources.LocalAccesses > 0, resources.ToString());
    }

    [Fact]
    public void Double_precision_is_seen_and_must_be_declared()
    {
        MethodInfo kernel = Method(nameof(DoubleKernel));
        Assert.True(KernelResources.OfPtx(KernelCompiler.ToPtx(kernel)).Float64 > 0);
        Assert.Contains("double", KernelCompiler.ToOpenCl(kernel, float64: true), StringComparison.Ordinal);
        CalmException failure = Assert.Throws<CalmException>(() => KernelCompiler.ToOpenCl(kernel, float64: false));
        Assert.Contains(nameof(DoubleKernel), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_names_the_kernel_and_harms_no_other()
    {
        CalmException failure = Assert.Throws<CalmException>(() => KernelCompiler.ToPtx(Method(nameof(ThrowingKernel))));
        Assert.Contains(nameof(ThrowingKernel), failure.Message, StringComparison.Ordinal);
        Assert.NotEmpty(KernelCompiler.ToPtx(Method(nameof(StackKernel))));
    }

    /// <summary>Its PTX calls functions, whose parameters ILGPU numbers by a counter of the process.</summary>
    [Fact]
    public void A_kernel_compiles_to_the_same_text_every_time()
    {
        using IlgpuDevice device = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.Cuda);
        device.Precision = Precision.BFloat16;
        foreach (OpCase c in OpCases.Find().Where(c => c.Op == nameof(Linear)))
        {
            KernelSources.Run(c, device);
        }

        RecordedKernel kernel = device.TakeRecorded().First(k => k.Name.StartsWith("TensorGemm.TensorTilesKernel"));
        Assert.Equal(KernelCompiler.ToPtx(kernel.Method), KernelCompiler.ToPtx(kernel.Method));
        Assert.Equal(
            KernelCompiler.ToOpenCl(Method(nameof(StackKernel)), float64: false),
            KernelCompiler.ToOpenCl(Method(nameof(StackKernel)), float64: false));
    }

    [Fact]
    public void A_recording_device_names_kernels_with_their_types_and_largest_group()
    {
        using IlgpuDevice device = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.Cuda);
        using Tape tape = new(device);
        Tensor x = tape.Rent(new Shape(2, 3), "test");
        x.RequiresGradient = true;
        RmsNorm.Apply(tape, x, tape.Rent(new Shape(3), "test"));
        RecordedKernel kernel = Assert.Single(device.TakeRecorded());
        Assert.Equal("RmsNorm.ForwardKernel<FloatElements, GroupTeam<Group128>>", kernel.Name);
        Assert.Equal(Group128.Size, kernel.GroupSize);
        Assert.Empty(device.TakeRecorded());
    }

    private static MethodInfo Method(string name) =>
        typeof(KernelCompilerTests).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static void StackKernel(ArrayView<float> x, int count)
    {
        ArrayView<float> array = LocalMemory.Allocate<float>(8);
        for (int i = 0; i < count; i++)
        {
            array[i & 7] = x[i];
        }

        x[0] = array[count & 7];
    }

    private static void DoubleKernel(ArrayView<float> x, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += x[i];
        }

        x[0] = (float)sum;
    }

    private static void ThrowingKernel(ArrayView<float> x, int count)
    {
        if (count < 0)
        {
            throw new InvalidOperationException();
        }

        x[0] = count;
    }
}
