namespace Calm.Cli;

/// <summary>A device of a comparison.</summary>
/// <param name="Letter">Its short name there: A for the first.</param>
/// <param name="File">The file of its passport.</param>
/// <param name="Passport">The passport.</param>
/// <param name="Bits">Its bits beside those of the first device; null for that itself.</param>
internal sealed record ComparedDevice(string Letter, string File, Passport Passport, ComparedBits? Bits)
{
    private const int MostOfTitle = 44;

    /// <summary>Letter, name and make, short enough for a legend.</summary>
    public string Title => $"{Letter}: {Short($"{Passport.Device.Name}, {Make}")}";

    /// <summary>The comparison that is nearest to its limit; null if there is none.</summary>
    public PassportError? Worst => Passport.Verified.Worst.OrderByDescending(error => error.Share).FirstOrDefault();

    /// <summary>The part that distinguishes a device from others: for the host the processor.</summary>
    private string Make => Passport.Device.Kind == "host" ? Passport.Machine.Cpu : Passport.Device.Description;

    /// <summary>Facts of device and machine, as name and value.</summary>
    public IEnumerable<(string Name, string Value)> Facts()
    {
        (PassportDevice device, PassportMachine machine) = (Passport.Device, Passport.Machine);
        yield return ("device", $"{device.Name}, {device.Description}");
        yield return ("code", $"{device.Form}, {device.Precision}");
        if (device.Driver is { } driver)
        {
            yield return ("driver", driver);
        }

        yield return ("has", string.Join(", ", device.Capabilities.Select(c => $"{c.Key} {c.Value}")));
        yield return ("machine", $"{machine.Cpu}, {Readable.Count(machine.Processors, "processor")}{Clock(machine)}");
        yield return ("system", $"{machine.Os} ({machine.Architecture})");
        yield return ("versions", $"calm {machine.Calm}{Commit(machine)}, .NET {machine.Dotnet}, ILGPU {machine.Ilgpu}");
        yield return ("made", $"{Passport.Made} in {Readable.Duration(Passport.Seconds)}");
        if (Passport.Bench is { } bench)
        {
            string tensor = bench.TensorGflops > 0 ? $", {Readable.Short(bench.TensorGflops)} GFLOP/s on tensor cores" : "";
            yield return ("peak", $"{Readable.Short(bench.Gflops)} GFLOP/s, {Readable.Short(bench.Gbs)} GB/s{tensor}");
            yield return (
                "timed", $"{bench.Cases}; caches {bench.Cache}, inputs {bench.Inputs}, at most "
                    + $"{Readable.Short(bench.SecondsPerOp)} s for each");
        }

        yield return ("kernels", Passport.Kernels.Note);
    }

    /// <summary>Remarks and warnings.</summary>
    public IEnumerable<string> Remarks() => Passport.Remarks.Concat(Passport.Bench?.Warnings ?? []);

    private static string Clock(PassportMachine machine) =>
        (machine.ClockMhz is { } now ? $", {Readable.Short(now)} MHz" : "")
        + (machine.MostClockMhz is { } most ? $", at most {Readable.Short(most)} MHz" : "");

    private static string Commit(PassportMachine machine)
    {
        const int digits = 9;
        return machine.Commit is { } commit ? $" ({(commit.Length > digits ? commit[..digits] : commit)})" : "";
    }

    private static string Short(string text) => text.Length > MostOfTitle ? $"{text[..MostOfTitle].TrimEnd()} …" : text;
}
