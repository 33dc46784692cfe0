using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Memory of steady training steps, and the bits of their results.</summary>
[Collection(nameof(Alone))]
public sealed class StepTests
{
    private const int MostManagedBytes = 256 * 1024;

    [Fact]
    public void A_steady_step_takes_no_native_memory_and_little_managed()
    {
        const int steps = 4;
        using HostDevice host = new();
        using StepTimer timer = new("tiny", host);
        MemoryUse taken = TakenBySteadySteps(timer, host, steps);
        Assert.Equal(0, taken.Native);
        Assert.InRange(taken.Managed / steps, 0, MostManagedBytes);
    }

    /// <summary>
    /// A hundred steps then allocate some 5 MB. Whether the collector runs within that depends on the size that the machine
    /// says its caches have, so bytes are counted instead.
    /// </summary>
    [Fact]
    public void A_hundred_small_steps_allocate_next_to_nothing()
    {
        const int steps = 100;
        using HostDevice host = new();
        using StepTimer timer = new(QuickTiny, host);
        MemoryUse taken = TakenBySteadySteps(timer, host, steps);
        Assert.Equal(0, taken.Native);
        Assert.InRange(taken.Managed / steps, 0, MostManagedBytes / 4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Steps_have_the_same_bits_with_any_number_of_threads(int threads) =>
        Assert.Equal(BitsOfSteps(1), BitsOfSteps(threads));

    [Fact]
    public void Steps_have_the_same_bits_again() => Assert.Equal(BitsOfSteps(2), BitsOfSteps(2));

    /// <summary>Tuning compares the first steps with those that were taken before.</summary>
    [Fact]
    public void First_steps_have_the_same_bits_whatever_was_before_them()
    {
        using HostDevice host = new(2);
        using StepTimer timer = new(QuickTiny, host);
        IReadOnlyList<int[]> first = timer.Results();
        timer.Step();
        Assert.Equal(first, timer.Results());
        Assert.Contains(first[1], word => word != 0);
    }

    /// <summary>
    /// Ten steps of a fixed seed: the losses that they gave when they were first measured. Widths differ by less than the
    /// last digit of a float.
    /// </summary>
    [Fact]
    public void Losses_of_ten_steps_are_what_they_were()
    {
        using HostDevice host = new(2);
        using StepTimer timer = new("tiny", host);
        double[] losses = [.. Enumerable.Range(0, 10).Select(_ => timer.Step())];
        double[] expected =
        [
            12.064614, 12.035357, 12.017060, 12.013021, 11.936956, 11.921013, 11.851189, 11.783233, 11.693316, 11.592586,
        ];
        for (int step = 0; step < losses.Length; step++)
        {
            Assert.InRange(losses[step] / expected[step], 1 - 1e-5, 1 + 1e-5);
        }
    }

    /// <summary>The smallest timed preset with so few tokens that a hundred of its steps take a second or two.</summary>
    private static RunConfig QuickTiny
    {
        get
        {
            RunConfig tiny = Presets.Get("tiny");
            return tiny with { CalmTraining = tiny.CalmTraining with { BatchSize = 2, ContextPatches = 17 } };
        }
    }

    private static MemoryUse TakenBySteadySteps(StepTimer timer, HostDevice host, int steps)
    {
        for (int step = 0; step < StepTimer.UnsteadySteps; step++)
        {
            timer.Step();
        }

        MemoryUse start = MemoryUse.Now(host);
        for (int step = 0; step < steps; step++)
        {
            timer.Step();
        }

        return MemoryUse.Now(host) - start;
    }

    /// <summary>Losses of three steps, then all weights.</summary>
    private static int[] BitsOfSteps(int threads)
    {
        using HostDevice host = new(threads);
        using StepTimer timer = new(QuickTiny, host);
        float[] losses = [(float)timer.Step(), (float)timer.Step(), (float)timer.Step()];
        return [.. losses.Concat(timer.Weights()).Select(BitConverter.SingleToInt32Bits)];
    }
}
