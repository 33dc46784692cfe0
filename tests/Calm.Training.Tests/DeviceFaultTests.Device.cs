using Calm.Runtime;
using ILGPU;
using ILGPU.Runtime.OpenCL;

namespace Calm.Training.Tests;

/// <summary>Failures of ILGPU's devices: one line each time, and nothing lost.</summary>
[Trait("tier", "devices")]
public sealed class DeviceFaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Devices => [.. TestDevices.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_device_that_is_lost_leaves_a_run_that_goes_on(string name)
    {
        float[] whole = Train(name, "whole", resumes: false, fault: null).Weights;
        (float[] weights, string? line) = Train(name, "cut", resumes: false, fault: 7);
        Assert.Empty(weights);
        Assert.StartsWith($"{name}: the device failed: CL_OUT_OF_RESOURCES", line, StringComparison.Ordinal);
        Assert.Contains("resume=true", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line!);
        Assert.Equal(5, RunFolder.Open(_folder["cut"]).Checkpoints.Latest!.Step);
        Assert.Equal(whole, Train(name, "cut", resumes: true, fault: null).Weights);
    }

    [Fact]
    public void What_a_launch_throws_is_explained()
    {
        string? line = DeviceFailure.LineOf(new CLException(CLError.CL_INVALID_COMMAND_QUEUE));
        Assert.StartsWith("the device failed at a launch: CL_INVALID_COMMAND_QUEUE. What was saved", line, StringComparison.Ordinal);
        Assert.Null(DeviceFailure.LineOf(new ArgumentException("of a program's own")));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_kernel_that_does_not_compile_is_named(string name)
    {
        CalmException failure;
        using (IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(name))
        {
            using Tape tape = new(gpu);
            ThrowingKernel kernel = new(tape.Rent(new Shape(1), "test").View(), 1);
            failure = Assert.Throws<CalmException>(() => gpu.Launch(new KernelConfig(1, 1), kernel));
        }

        Assert.StartsWith(
            $"{name}: the kernel DeviceFaultTests.ThrowingKernel does not compile", failure.Message, StringComparison.Ordinal);
        Assert.Contains("CALM_KERNELS=", failure.Message, StringComparison.Ordinal);
        Assert.Contains("calm devices", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Too_little_memory_is_told_and_leaves_a_device_that_works(string name)
    {
        using Device device = DeviceList.Open(name);
        device.MemoryLimit = 3_000_000;
        using Tape tape = new(device);
        Tensor small = tape.Rent(new Shape(1000), "small");
        string line = Assert.Throws<OutOfDeviceMemoryException>(() => tape.Rent(new Shape(1_000_000), "large")).Message;
        Assert.StartsWith($"{name}: out of memory: 4.0 MB asked for, ", line, StringComparison.Ordinal);
        Assert.Contains("the largest holders are small 4.1 KB", line, StringComparison.Ordinal);
        Assert.EndsWith("large wanted 4.0 MB of the step arena's memory.", line, StringComparison.Ordinal);
        small.Clear();
        Assert.All(small.ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(false, "the output of Linear [1, 1]")]
    [InlineData(true, "the gradient that Poison [1] passed to the output of Silu")]
    public void A_NaN_stops_before_the_weights_change_and_names_the_op(bool onlyInGradient, string where)
    {
        foreach (string name in TestDevices.Names)
        {
            using Device device = DeviceList.Open(name);
            using OneWeight stage = new(device, badStep: 7) { OnlyInGradient = onlyInGradient };
            RunFolder run = Create($"nan-{name}");
            using Trainer trainer = NewTrainer(stage, device, run);
            float[] before = [];
            trainer.AfterStep = step => before = stage.Weight.ToArray();
            CalmException failure = Assert.Throws<CalmException>(() => trainer.Run());
            Assert.Contains("step 7", failure.Message, StringComparison.Ordinal);
            Assert.Contains(where, failure.Message, StringComparison.Ordinal);
            Assert.Equal(before, stage.Weight.ToArray());
            Assert.Equal(6, run.Checkpoints.Latest!.Step);
        }
    }

    private (float[] Weights, string? Line) Train(string name, string folder, bool resumes, int? fault)
    {
        using IlgpuDevice device = (IlgpuDevice)DeviceList.Open(name);
        using OneWeight stage = new(device, badStep: -1);
        RunFolder run = resumes ? RunFolder.Open(_folder[folder]) : Create(folder);
        using Trainer trainer = NewTrainer(stage, device, run);
        if (resumes)
        {
            trainer.Resume();
        }

        // From then on the driver answers every call with an error, as one does whose device is gone.
        trainer.AfterStep = step => device.Fault = step == fault
            ? static () => throw new CLException(CLError.CL_OUT_OF_RESOURCES)
            : device.Fault;
        try
        {
            trainer.Run();
            return (stage.Weight.ToArray(), null);
        }
        catch (Exception failure) when (DeviceFailure.LineOf(failure) is { } line)
        {
            return ([], line);
        }
    }

    private RunFolder Create(string name) =>
        RunFolder.Create(_folder[name], new RunFolder.Description(Stage.Ar, "data", null, "", "", new RunConfig()), 3);

    private static Trainer NewTrainer(IStage stage, Device device, RunFolder run) => new(
        stage, new TrainingConfig { Steps = 10, SaveEvery = 5, WarmupSteps = 1 }, device, run);

    internal readonly struct ThrowingKernel(ArrayView<float> x, int count) : IKernel
    {
        public void Run()
        {
            if (count < 0)
            {
                throw new InvalidOperationException();
            }

            x[0] = count;
        }
    }
}
