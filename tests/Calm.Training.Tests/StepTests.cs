using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>What a training step of the smallest timed configuration takes once it is steady.</summary>
public sealed class StepTests
{
    private const int MostManagedBytes = 256 * 1024;

    [Fact]
    public void A_steady_step_takes_no_native_memory_and_little_managed()
    {
        using HostDevice host = new();
        using StepTimer timer = new("tiny", host);
        timer.Step();
        timer.Step();
        timer.Step();
        long native = host.AllocatedBytes;
        for (int step = 0; step < 4; step++)
        {
            long managed = GC.GetAllocatedBytesForCurrentThread();
            timer.Step();
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - managed, 0, MostManagedBytes);
        }

        Assert.Equal(native, host.AllocatedBytes);
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
}
