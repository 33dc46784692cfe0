using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Times and memory of whole training steps.</summary>
/// <param name="Name">The preset.</param>
/// <param name="Sequences">Sequences of a step.</param>
/// <param name="SecondsFirst">The time of the first step, which makes the kernels ready.</param>
/// <param name="SecondsMedian">The median time of a step.</param>
/// <param name="SecondsBest">The shortest.</param>
/// <param name="TokensPerSecond">Tokens that are predicted, by the median.</param>
/// <param name="PeakMemoryMb">On the host the most that the process held; elsewhere what the device's arenas hold.</param>
/// <param name="TapeMemoryMb">The part of it that is a step's own.</param>
/// <param name="Steps">Steps that were taken.</param>
/// <param name="LaunchesPerStep">Kernels launched; 0 on the host.</param>
/// <param name="KernelsCompiled">Kernels compiled for the first step.</param>
/// <param name="KernelsFromDisk">Kernels that came from the disk instead.</param>
/// <param name="ManagedBytesPerStep">Bytes allocated for objects.</param>
/// <param name="NativeBytes">Bytes of the device's memory that all steps took anew.</param>
/// <param name="Collections">Garbage collections in all steps.</param>
internal sealed record StepMeasure(
    string Name, int Sequences, double SecondsFirst, double SecondsMedian, double SecondsBest, double TokensPerSecond,
    double PeakMemoryMb, double TapeMemoryMb, int Steps, long LaunchesPerStep, long KernelsCompiled, long KernelsFromDisk,
    long ManagedBytesPerStep, long NativeBytes, int Collections)
{
    /// <summary>Times steps once their memory has grown to its final size.</summary>
    /// <param name="name">The preset.</param>
    /// <param name="timer">The steps.</param>
    /// <param name="device">Their device.</param>
    /// <param name="seconds">A quarter of the time to spend.</param>
    public static StepMeasure Of(string name, StepTimer timer, Device device, double seconds)
    {
        long begin = Stopwatch.GetTimestamp();
        (long compiled, long fromDisk) = (device.KernelsCompiled, device.KernelsFromDisk);
        timer.Step();
        TimeSpan first = Stopwatch.GetElapsedTime(begin);
        (compiled, fromDisk) = (device.KernelsCompiled - compiled, device.KernelsFromDisk - fromDisk);
        for (int step = 1; step < StepTimer.UnsteadySteps; step++)
        {
            timer.Step();
        }

        MemoryUse start = MemoryUse.Now(device);
        long launches = device.Launches;
        Timing t = Timing.Measure(device, 4 * seconds, static () => { }, () => timer.Step());
        MemoryUse taken = MemoryUse.Now(device) - start;
        int steps = t.Runs + 1; // one was not timed
        return new StepMeasure(
            name, timer.Sequences, first.TotalSeconds, t.Median, t.Best, timer.TokensPerStep / t.Median, MemoryOf(device) / 1e6,
            timer.TapeBytes / 1e6, steps, (device.Launches - launches) / steps, compiled, fromDisk,
            taken.Managed / steps, taken.Native, taken.Collections);
    }

    /// <summary>Writes the lines for people.</summary>
    public void Write(TextWriter writer, Device device)
    {
        string memory = device is HostDevice ? "peak memory" : "memory of the device";
        writer.WriteLine(
            $"training step {Name}, {Readable.Count(Sequences, "sequence")}: best {SecondsBest * 1e3:F1} ms, median "
            + $"{SecondsMedian * 1e3:F1} ms, {Readable.Fixed(TokensPerSecond, 0)} tokens/s, {memory} {PeakMemoryMb:F0} MB");
        if (LaunchesPerStep > 0)
        {
            writer.WriteLine($"a step launches {Readable.Count(LaunchesPerStep, "kernel")}; its tape holds {TapeMemoryMb:F0} MB");
            writer.WriteLine(
                $"the first step took {SecondsFirst:F2} s: {Readable.Count(KernelsCompiled, "kernel")} compiled, "
                + $"{KernelsFromDisk} from the disk");
        }

        writer.WriteLine(
            $"a steady step takes {ManagedBytesPerStep:N0} bytes of managed memory; {Steps} steps took "
            + $"{NativeBytes} bytes of native memory and {Collections} garbage collections");
    }

    private static long MemoryOf(Device device)
    {
        using Process process = Process.GetCurrentProcess();
        return device is HostDevice ? process.PeakWorkingSet64 : device.AllocatedBytes;
    }
}
