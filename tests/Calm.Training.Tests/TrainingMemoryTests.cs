using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>The memory of a training is known before it begins, and for what does not fit a setting is named that does.</summary>
public sealed class TrainingMemoryTests
{
    private static readonly RunConfig Small = Presets.Get("tiny") with
    {
        AutoencoderTraining = new TrainingConfig { BatchSize = 64 },
        CalmTraining = new TrainingConfig { BatchSize = 4, ContextPatches = 32 },
        ArTraining = new TrainingConfig { BatchSize = 4, ContextTokens = 64 },
    };

    [Theory]
    [InlineData(Stage.Autoencoder, false)]
    [InlineData(Stage.Calm, false)]
    [InlineData(Stage.Calm, true)]
    [InlineData(Stage.Ar, false)]
    [InlineData(Stage.Ar, false, 0.99)]
    public void A_rehearsal_takes_what_real_steps_take(Stage stage, bool recompute, double emaDecay = 0)
    {
        RunConfig config = Small.With(stage, Small.Training(stage) with { Recompute = recompute, EmaDecay = emaDecay });
        using HostDevice host = new(2);
        TrainingMemory rehearsed = TrainingMemory.Of(stage, config, host);
        Assert.True(rehearsed.Persistent >= (emaDecay > 0 ? 5 : 4) * rehearsed.Weights, $"{rehearsed}");
        using SyntheticSteps real = new(stage, config, host);
        long most = 0;
        for (int i = 0; i < 3; i++)
        {
            real.Step();
            most = Math.Max(most, real.Memory.Total);
        }

        Assert.Equal(rehearsed with { Total = most }, real.Memory with { Total = most });
        Assert.Equal(most, rehearsed.Total);
    }

    [Fact]
    public void A_rehearsal_of_a_model_of_gigabytes_takes_no_memory()
    {
        RunConfig config = Presets.Step("calm-m", batch: 2);
        using IlgpuDevice gpu = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.Cuda, memory: 141_000_000_000);
        long before = Environment.WorkingSet;
        TrainingMemory two = TrainingMemory.Of(Stage.Calm, config, gpu);
        Assert.InRange(two.Weights, 1_400_000_000, 1_600_000_000);
        Assert.InRange(two.Persistent, 4 * two.Weights, 8_000_000_000);
        Assert.True(two.Total >= two.Persistent + two.Step, $"{two}");
        long touched = Environment.WorkingSet - before;
        Assert.True(touched < two.Persistent / 4, $"{touched} bytes were touched");
    }

    /// <summary>
    /// With activations in bfloat16 a sequence of 2048 patches takes at most 0.65 of the 2.33 GB that it took in floats.
    /// </summary>
    [Fact]
    public void A_sequence_of_a_published_model_takes_little_memory_in_bf16()
    {
        Assert.InRange(BytesOfSequence(Precision.BFloat16), 1_000_000_000, 1_514_000_000);
        Assert.InRange(BytesOfSequence(Precision.Float32), 2_200_000_000, 2_330_000_000);

        static long BytesOfSequence(Precision precision) => StepOf(precision, 9) - StepOf(precision, 8);

        static long StepOf(Precision precision, int sequences)
        {
            using IlgpuDevice gpu = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.Cuda, memory: 141_000_000_000);
            gpu.Precision = precision;
            using SyntheticSteps steps = new(Stage.Calm, Presets.Step("calm-m", sequences), gpu);
            steps.Step();
            return steps.Memory.Step;
        }
    }

    /// <summary>Weights of the head are packed once a step, not once for each part of its rows.</summary>
    [Fact]
    public void Parts_of_the_head_share_packed_weights()
    {
        Assert.InRange(LaunchesOfStep(4) - LaunchesOfStep(3), 300, 600); // 634 with weights packed for each part

        static long LaunchesOfStep(int parts)
        {
            using IlgpuDevice gpu = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.Cuda, memory: 141_000_000_000);
            gpu.Precision = Precision.BFloat16;
            using SyntheticSteps steps = new(Stage.Calm, Presets.Step("calm-m", 4 * parts), gpu);
            steps.Step();
            long before = gpu.Launches;
            steps.Step();
            return gpu.Launches - before;
        }
    }

    /// <summary>A launch costs a GPU microseconds, which small ones do not fill.</summary>
    [Theory]
    [InlineData(141, 2500)]
    [InlineData(24, 7000)]
    public void A_step_of_a_published_model_has_few_launches(int gigabytes, int most)
    {
        using IlgpuDevice gpu = IlgpuDevice.Recording(
            KernelFamily.Tiled, DeviceKind.Cuda, memory: gigabytes * 1_000_000_000L);
        gpu.Precision = Precision.BFloat16;
        using SyntheticSteps steps = new(Stage.Calm, Presets.Step("calm-m", batch: 4), gpu);
        steps.Step();
        long before = gpu.Launches;
        steps.Step();
        Assert.InRange(gpu.Launches - before, 500, most);
    }

    /// <summary>Whether memory ends first, or the largest piece of it.</summary>
    [Theory]
    [InlineData(60_000_000, 60_000_000)]
    [InlineData(8_000_000_000, 20_000_000)]
    public void The_largest_batch_fits_and_one_more_does_not(long memory, long largestBlock)
    {
        using IlgpuDevice gpu = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.OpenCl, memory: memory);
        gpu.LargestBlock = largestBlock;
        int most = TrainingMemory.LargestBatch(Stage.Calm, Small, gpu);
        Assert.InRange(most, 2, 1000);
        Assert.NotNull(AtOnce(most));
        Assert.Null(AtOnce(most + 1));

        TrainingMemory? AtOnce(int sequences) => TrainingMemory.IfFits(
            Stage.Calm, Small.With(Stage.Calm, Small.CalmTraining with { BatchSize = sequences }), gpu);
    }

    [Fact]
    public void What_fits_recomputed_as_it_is_needs_no_smaller_parts()
    {
        RunConfig one = Small.With(Stage.Calm, Small.CalmTraining with { BatchSize = 1, ContextPatches = 512 });
        RunConfig recomputed = one.With(Stage.Calm, one.CalmTraining with { Recompute = true });
        using HostDevice host = new(1);
        long kept = TrainingMemory.Of(Stage.Calm, one, host).Total;
        host.MemoryLimit = (kept + TrainingMemory.Of(Stage.Calm, recomputed, host).Total) / 2;
        Assert.Equal(
            "Try again: recompute=true fits, for the same result but for rounding.",
            MemoryAdvice.For(Stage.Calm, one, host, done: null));
    }

    [Fact]
    public void A_batch_that_is_only_timed_is_told_the_largest_that_fits()
    {
        using HostDevice host = new(1) { MemoryLimit = 60_000_000 };
        Assert.Equal(
            $"Try again: batch_size={TrainingMemory.LargestBatch(Stage.Calm, Small, host)} fits.",
            MemoryAdvice.ForBatch(Stage.Calm, Small, host));
        host.MemoryLimit = 2_000_000;
        Assert.StartsWith(
            "Not even one sequence fits", MemoryAdvice.ForBatch(Stage.Calm, Small, host), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, 60_000_000)]
    [InlineData(1024, 60_000_000)]
    public void Advice_names_a_setting_that_fits(int batch, long memory)
    {
        using HostDevice host = new(1) { MemoryLimit = memory };
        RunConfig config = Small.With(Stage.Calm, Small.CalmTraining with { BatchSize = batch });
        Assert.Null(TrainingMemory.IfFits(Stage.Calm, config, host));
        string advice = MemoryAdvice.For(Stage.Calm, config, host, done: 0);
        int parts = int.Parse(advice.Split("accumulate=")[1].Split(' ')[0]);
        Assert.NotNull(TrainingMemory.IfFits(
            Stage.Calm, config.With(Stage.Calm, config.CalmTraining with { Accumulate = parts }), host));
        Assert.StartsWith("Try again with resume=true, and accumulate=", advice, StringComparison.Ordinal);
        Assert.StartsWith(
            "Try again: accumulate=", MemoryAdvice.For(Stage.Calm, config, host, done: null), StringComparison.Ordinal);
        Assert.StartsWith(
            "Step 3 is saved; try again with resume=true, and", MemoryAdvice.For(Stage.Calm, config, host, done: 3),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_fits_with_nothing_is_told_so()
    {
        using HostDevice host = new(1) { MemoryLimit = 2_000_000 };
        Assert.Contains(
            "larger device, or a smaller model", MemoryAdvice.For(Stage.Calm, Small, host, done: 0), StringComparison.Ordinal);
    }
}
