using Calm.Runtime;
using Calm.Tests;
using ILGPU;

namespace Calm.Kernels.Tests;

/// <summary>Kernels from the disk compute what compiled ones do.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class KernelCacheOnDevicesTests
{
    private static readonly string[] Ops = ["RmsNorm", "SwiGlu", "Linear"];

    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_second_start_compiles_nothing_and_computes_the_same_bits(string deviceName)
    {
        using TemporaryFolder folder = new();
        KernelCache cache = new(folder.Root);
        (CaseRun[] expected, long kernels, _) = Compute(deviceName, null);
        (CaseRun[] first, long compiled, long fromDisk) = Compute(deviceName, cache);
        Assert.Equal((kernels, 0), (compiled, fromDisk));
        AssertSame(expected, first);
        (CaseRun[] second, compiled, fromDisk) = Compute(deviceName, cache);
        AssertSame(expected, second);
        if (deviceName == "emulated")
        {
            Assert.Equal(0, cache.Size.Files);
            return;
        }

        Assert.Equal((0, kernels), (compiled, fromDisk));
        string[] files = Directory.GetFiles(folder.Root);
        Assert.Equal(kernels, files.Length);
        File.Delete(files[0]);
        File.WriteAllText(files[1], "kernel void nothing() { }");
        (CaseRun[] third, compiled, fromDisk) = Compute(deviceName, cache);
        AssertSame(expected, third);
        Assert.Equal((2, kernels - 2), (compiled, fromDisk));
    }

    /// <summary>Kernels of the same fields with other gaps, which ILGPU mixes up: in every order, from the disk or not.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void Operands_lie_where_they_lay(string deviceName)
    {
        using TemporaryFolder folder = new();
        Func<IlgpuDevice, float[]>[] kernels = [KernelOperandTests.OfFlat, KernelOperandTests.OfNested];
        foreach (var run in kernels)
        {
            using IlgpuDevice gpu = Open(deviceName, new KernelCache(folder.Root));
            Assert.Equal([1, 2], run(gpu));
            Assert.All(kernels, other => Assert.Equal([1, 2], other(gpu)));
        }

        foreach (var order in (IEnumerable<Func<IlgpuDevice, float[]>>[])[kernels, kernels.Reverse()])
        {
            using IlgpuDevice gpu = Open(deviceName, new KernelCache(folder.Root));
            Assert.All(order, run => Assert.Equal([1, 2], run(gpu)));
            Assert.Equal(deviceName == "emulated" ? 2 : 0, gpu.KernelsCompiled);
        }
    }

    /// <summary>A driver may refuse what it took before.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void What_the_driver_refuses_is_compiled_and_kept_anew(string deviceName)
    {
        if (deviceName == "emulated")
        {
            return;
        }

        using TemporaryFolder folder = new();
        KernelCache cache = new(folder.Root);
        using (IlgpuDevice gpu = Open(deviceName, cache))
        {
            Type kernel = typeof(KernelOperandTests.FlatKernel);
            KernelCode broken = new("this is no program", 0, HasDynamicMemory: false);
            cache.Write(KernelName.EntryOf(kernel), $"{new KernelOrigin(kernel).Key}\n{gpu.Compiler}", broken);
            Assert.Equal([1, 2], KernelOperandTests.OfFlat(gpu));
            Assert.Equal((1, 0), (gpu.KernelsCompiled, gpu.KernelsFromDisk));
        }

        using IlgpuDevice next = Open(deviceName, cache);
        Assert.Equal([1, 2], KernelOperandTests.OfFlat(next));
        Assert.Equal(1, cache.Size.Files);
        Assert.Equal((0, 1), (next.KernelsCompiled, next.KernelsFromDisk));
    }

    /// <summary>Its value is compiled in and may be another one tomorrow.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void A_kernel_that_reads_a_static_field_is_not_kept(string deviceName)
    {
        using TemporaryFolder folder = new();
        for (int start = 0; start < 2; start++)
        {
            using IlgpuDevice gpu = Open(deviceName, new KernelCache(folder.Root));
            using Tape tape = new(gpu);
            Tensor y = tape.Rent(new Shape(1), "test");
            gpu.Launch(new KernelConfig(1, 1), new StartKernel(y.View()));
            Assert.Equal([StartKernel.Value], y.ToArray());
            Assert.Equal((1, 0), (gpu.KernelsCompiled, gpu.KernelsFromDisk));
            Assert.Empty(Directory.GetFiles(folder.Root));
        }
    }

    private static (CaseRun[] Runs, long Compiled, long FromDisk) Compute(string deviceName, KernelCache? cache)
    {
        using IlgpuDevice gpu = Open(deviceName, cache);
        IEnumerable<OpCase> cases = OpCases.Find().Where(c => Ops.Contains(c.Op)).GroupBy(c => c.Op)
            .Select(op => op.MinBy(c => c.Inputs.Sum(input => input.Shape.Count))!);
        return ([.. cases.Select(c => CaseRunner.Run(c, gpu))], gpu.KernelsCompiled, gpu.KernelsFromDisk);
    }

    private static void AssertSame(CaseRun[] expected, CaseRun[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.Null(pair.First.FirstDifference(pair.Second)));

    private static IlgpuDevice Open(string name, KernelCache? cache)
    {
        IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(name);
        gpu.Cache = cache;
        return gpu;
    }

    internal readonly struct StartKernel(ArrayView<float> y) : IKernel
    {
        public static readonly float Value = Environment.ProcessId % 1000;

        public void Run() => y[0] = Value;
    }
}
