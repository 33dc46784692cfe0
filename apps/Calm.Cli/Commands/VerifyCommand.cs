using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm verify</c>: compares the ops of a device with their definitions and with golden fixtures.</summary>
internal static class VerifyCommand
{
    private const int OnlyUnsupported = 3;
    private const int MostEmulatedElements = 4096;

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "verify",
            "Compare every op and every golden fixture on a device with its definition, between guard bands, and run it again "
            + "for equal bits. Exit code 0: all agree, 3: all but unknown fixtures, 1: something differs. "
            + "Example: calm verify --device host --golden tests/golden");
        DeviceOptions devices = new(command);
        Option<string?> golden = new("--golden") { Description = "A folder of fixtures with its manifest.json" };
        command.Options.Add(golden);
        CaseOptions cases = new(command, "Check only the op, or the fixture, of this name");
        command.SetAction(parsed =>
        {
            using Device device = devices.Open(parsed, terminal);
            if (device.Precision != Precision.Float32 && parsed.GetValue(golden) is not null)
            {
                throw new UsageException("--golden: the fixtures are float32's; leave out --precision bf16.");
            }

            return Run(terminal, device, parsed.GetValue(golden), cases.All(parsed), cases.Op(parsed));
        });
        return command;
    }

    private static int Run(
        Terminal terminal, Device device, string? golden, IReadOnlyList<OpCase> all, string? only)
    {
        GoldenSet? set = golden is null ? null : new GoldenSet(golden);
        string[] names = [.. all.Select(c => c.Op).Distinct(), .. set?.Names ?? []];
        if (only is not null && !names.Contains(only))
        {
            throw new UsageException($"--op {only}: no such op or fixture{Suggestion.For(only, names)}");
        }

        OpCase[] wanted = [.. all.Where(c => only is null || c.Op == only)];
        OpCase[] fitting = [.. wanted.Where(c => Fits(c, device))];
        string[] fixtures = [.. (set?.Names ?? []).Where(name => only is null || name == only)];
        string[] fittingFixtures = [.. fixtures.Where(name => Fits(set!.LargestArray(name), device))];
        VerifyReport report = new(device)
        {
            LeftOut = [.. wanted.Except(fitting).Select(c => c.Name), .. fixtures.Except(fittingFixtures)],
        };
        using Interruption interruption = new();
        CancellationToken stop = interruption.Token;
        terminal.During("verifying", activity =>
        {
            int count = fitting.Length + fittingFixtures.Length;
            bool works = RunCases(report, device, fitting, done => Tell(activity, done, count), stop);
            for (int i = 0; works && i < fittingFixtures.Length && !stop.IsCancellationRequested; i++)
            {
                Tell(activity, fitting.Length + i, count);
                report.Add(set!.Run(fittingFixtures[i], device));
            }

            report.NotReached = works ? count - report.Done : 0;
            return works;
        });
        report.Write(terminal);
        if (!report.AnyFailed && report.NotReached == 0)
        {
            terminal.Next($"{NextStep.Program} demo --device {device.Name}");
        }

        return report.AnyFailed || report.NotReached > 0 ? 1 : report.AnyUnsupported ? OnlyUnsupported : 0;
    }

    /// <summary>Checks cases until all are done, or it is interrupted, or the device fails; false if it did.</summary>
    private static bool RunCases(
        VerifyReport report, Device device, OpCase[] cases, Action<int> tell, CancellationToken stop)
    {
        for (int i = 0; i < cases.Length && !stop.IsCancellationRequested; i++)
        {
            OpCase c = cases[i];
            tell(i);
            try
            {
                report.Add(CaseRunner.Check(c, device));
            }
            catch (Exception failure) when (DeviceFailure.LineOf(failure) is { } line)
            {
                // A lost device, or one whose compiler failed, answers nothing any more: say what was found up to here.
                report.AddBroken(c, line);
                return false;
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // The op or its case is faulty; others may be sound.
                report.AddBroken(c, $"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}");
            }
        }

        return true;
    }

    private static void Tell(Activity activity, int done, int all)
    {
        activity.Count($"{Readable.Count(done)} of {Readable.Count(all)} cases and fixtures");
        activity.Report((double)done / all);
    }

    /// <summary>Whether a case is small enough for a device: the emulator gets small ones alone.</summary>
    internal static bool Fits(OpCase c, Device device) => Fits(c.Inputs.Sum(input => input.Shape.Count), device);

    // The emulator is for the meaning of kernels, not for work.
    private static bool Fits(double elements, Device device) =>
        device.Kind != DeviceKind.Emulated || elements < MostEmulatedElements;
}
