using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary><c>calm verify</c>: does this device compute what the definitions say?</summary>
internal static class VerifyCommand
{
    private const int OnlyUnsupported = 3;
    private const int WorstShown = 10;
    private const int MostEmulatedElements = 4096;

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "verify",
            "Compare every op and every golden fixture with this device. Exit code 0: all agree, 3: all but unknown "
            + "fixtures, 1: something differs. Example: calm verify --device host --golden tests/golden");
        DeviceOptions devices = new(command);
        Option<string?> golden = new("--golden") { Description = "A folder of fixtures with its manifest.json" };
        Option<string?> only = new("--op") { Description = "Check only the op, or the fixture, of this name" };
        command.Options.Add(golden);
        command.Options.Add(only);
        command.SetAction(parsed =>
        {
            using Device device = devices.Open(parsed, terminal);
            if (device.Precision != Precision.Float32 && parsed.GetValue(golden) is not null)
            {
                throw new UsageException("--golden: the fixtures are float32's; leave out --precision bf16.");
            }

            return Run(terminal, device, parsed.GetValue(golden), parsed.GetValue(only));
        });
        return command;
    }

    private static int Run(Terminal terminal, Device device, string? golden, string? only)
    {
        List<CaseResult> results = [];
        List<string> unsupported = [];
        int cases = 0;
        int failed = 0;
        foreach (OpCase c in OpCases.Find().Where(c => (only is null || c.Op == only) && Fits(c, device)))
        {
            cases++;
            try
            {
                IReadOnlyList<CaseResult> found = CaseRunner.Check(c, device);
                results.AddRange(found);
                failed += found.All(r => r.Passed) ? 0 : 1;
            }
            catch (NoKernelException)
            {
                unsupported.Add(c.Name);
            }
        }

        List<FixtureResult> fixtures = golden is null ? [] : RunFixtures(new GoldenSet(golden), device, only);
        results.AddRange(fixtures.SelectMany(f => f.Results));
        unsupported.AddRange(fixtures.Where(f => !f.Supported).Select(f => f.Name));
        List<FixtureResult> broken = [.. fixtures.Where(f => f.Supported && !f.Passed)];
        foreach (FixtureResult fixture in broken.Where(f => f.Failure is not null))
        {
            terminal.Error.WriteLine($"{fixture.Name}: {fixture.Failure}");
        }

        Report(terminal, device, cases, failed, fixtures.Count, broken.Count, unsupported, results);
        return failed > 0 || broken.Count > 0 ? 1 : unsupported.Count > 0 ? OnlyUnsupported : 0;
    }

    private static List<FixtureResult> RunFixtures(GoldenSet set, Device device, string? only) =>
        [.. set.Names
            .Where(name => (only is null || name == only) && Fits(set.LargestArray(name), device))
            .Select(name => set.Run(name, device))];

    private static void Report(
        Terminal terminal, Device device, int cases, int failed, int fixtures, int fixturesFailed,
        List<string> unsupported, List<CaseResult> results)
    {
        var worst = results.OrderByDescending(r => double.IsNaN(r.Error) ? double.MaxValue : r.Error / r.Limit)
            .Take(WorstShown)
            .Select(r => new { r.Name, error = double.IsFinite(r.Error) ? r.Error : (double?)null, tolerance = r.Limit })
            .ToList();
        var result = new
        {
            device = device.Name,
            description = device.Description,
            cases,
            failed,
            fixtures,
            fixturesFailed,
            unsupported,
            worst,
        };
        terminal.Result(result, writer =>
        {
            writer.WriteLine($"device    {device.Name}: {device.Description}");
            writer.WriteLine($"cases     {cases}, {failed} failed, {results.Count} comparisons");
            writer.WriteLine($"fixtures  {fixtures}, {fixturesFailed} failed, {unsupported.Count} unsupported");
            foreach (string name in unsupported)
            {
                writer.WriteLine($"          unsupported: {name}");
            }

            writer.WriteLine("closest to their limits:");
            foreach (var entry in worst)
            {
                writer.WriteLine($"  {entry.Name,-60} {entry.error:E2} of {entry.tolerance:E2}");
            }
        });
    }

    private static bool Fits(OpCase c, Device device) => Fits(c.Inputs.Max(input => input.Shape.Count), device);

    // The emulator is for the meaning of kernels, not for work.
    private static bool Fits(long elements, Device device) =>
        device.Kind != DeviceKind.Emulated || elements < MostEmulatedElements;
}
