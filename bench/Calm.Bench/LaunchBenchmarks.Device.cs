using BenchmarkDotNet.Attributes;
using Calm.Runtime;
using ILGPU;

namespace Calm.Bench;

/// <summary>
/// Times launches as ops make them: a kernel of one group adds 1 to each of 64 floats. Figures are for one launch.
/// </summary>
[MemoryDiagnoser]
public class LaunchBenchmarks : IDisposable
{
    private const int Launches = 1000;
    private const int Elements = 64;

    private IlgpuDevice _gpu = null!;
    private Arena _arena = null!;
    private Tensor _target = null!;

    /// <summary>The devices of this machine that run kernels.</summary>
    public static IEnumerable<string> Devices =>
        DeviceList.Find().Where(d => d is { Usable: true, Kind: DeviceKind.Cuda or DeviceKind.OpenCl }).Select(d => d.Name)
            .DefaultIfEmpty("opencl:0");

    /// <summary>Name of the device.</summary>
    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _gpu = (IlgpuDevice)DeviceList.Open(Device);
        _arena = new Arena(_gpu, "launches");
        _target = _arena.Rent(new Shape(Elements), nameof(LaunchBenchmarks));
        _target.Clear();
        LaunchAndWait();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _arena.Dispose();
        _gpu.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Waits for the kernels of an iteration after its time was taken.</summary>
    [IterationCleanup(Target = nameof(Launch))]
    public void Wait() => _gpu.Synchronize();

    /// <summary>The launch alone: nothing waits for the kernels.</summary>
    [Benchmark(OperationsPerInvoke = Launches)]
    public void Launch() => LaunchAll();

    /// <summary>Launch and execution, one wait for a thousand of them.</summary>
    [Benchmark(OperationsPerInvoke = Launches)]
    public void LaunchManyAndWait()
    {
        LaunchAll();
        _gpu.Synchronize();
    }

    /// <summary>Launch and execution, and a wait for each.</summary>
    [Benchmark]
    public void LaunchAndWait()
    {
        LaunchOnce();
        _gpu.Synchronize();
    }

    private void LaunchAll()
    {
        for (int i = 0; i < Launches; i++)
        {
            LaunchOnce();
        }
    }

    private void LaunchOnce() => _gpu.Launch(Kernels.Launch.Items(_gpu, Elements), new AddKernel(_target.View(), 1f));

    /// <summary>target += value.</summary>
    /// <param name="target">In and out.</param>
    /// <param name="value">Added to each element.</param>
    /// <remarks>Launch: one thread an element. Bound by its launch.</remarks>
    internal readonly struct AddKernel(ArrayView<float> target, float value) : IKernel
    {
        public void Run()
        {
            int at = Grid.GlobalIndex.X;
            if (at < target.IntLength)
            {
                target[at] += value;
            }
        }
    }
}
