using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Profiles for <c>calm bench</c>: a few steps after a warm-up.</summary>
internal static class BenchProfile
{
    private const int WarmUps = 3;
    private const int Steps = 5;

    /// <summary>A whole training step.</summary>
    public static Profile OfStep(string name, StepTimer timer, Device device, Peak peak) =>
        Measure($"training step {name}", device, peak, () => timer.Step());

    /// <summary>An op, forward and backward.</summary>
    public static Profile OfCase(OpCase c, Device device, Peak peak)
    {
        using CaseTimer timer = new(c, device);
        return Measure(c.Name, device, peak, () => Run(c, timer));
    }

    private static void Run(OpCase c, CaseTimer timer)
    {
        if (c.Backward is null)
        {
            timer.Reset();
            timer.Forward();
        }
        else
        {
            timer.PrepareBackward();
            timer.Backward();
        }
    }

    private static Profile Measure(string name, Device device, Peak peak, Action run)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            run();
        }

        return new Profile(name, [.. Enumerable.Range(0, Steps).Select(_ => Profiler.Run(device, run))], peak);
    }
}
