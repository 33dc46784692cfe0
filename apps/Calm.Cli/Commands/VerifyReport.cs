using System.Runtime.InteropServices;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The findings of <c>calm verify</c> on one page, for bug reports.</summary>
internal sealed class VerifyReport(Device device)
{
    private const int WorstShown = 10;
    private const int FailuresShown = 20;

    private readonly List<CaseResult> _results = [];
    private readonly List<string> _unsupported = [];
    private readonly List<string> _broken = [];
    private int _cases;
    private int _failed;
    private int _fixtures;
    private int _fixturesFailed;

    /// <summary>Names of cases and fixtures that are too large for the emulator.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>Cases and fixtures that were not reached, since the command was interrupted.</summary>
    public int NotReached { get; set; }

    /// <summary>Cases and fixtures that were checked.</summary>
    public int Done => _cases + _fixtures;

    /// <summary>Whether anything differs.</summary>
    public bool AnyFailed => _failed + _fixturesFailed > 0;

    /// <summary>Whether a fixture is of an unsupported kind.</summary>
    public bool AnyUnsupported => _unsupported.Count > 0;

    /// <summary>Adds the comparisons of a case.</summary>
    public void Add(IReadOnlyList<CaseResult> results)
    {
        _cases++;
        _failed += results.All(r => r.Passed) ? 0 : 1;
        _results.AddRange(results);
    }

    /// <summary>Adds the last case, in which the device failed.</summary>
    public void AddBroken(OpCase c, string failure)
    {
        _cases++;
        _failed++;
        _broken.Add($"{c.Name}: {failure} Nothing was checked after this.");
    }

    /// <summary>Adds a fixture.</summary>
    public void Add(FixtureResult fixture)
    {
        _fixtures++;
        _results.AddRange(fixture.Results);
        if (!fixture.Supported)
        {
            _unsupported.Add(fixture.Name);
        }
        else if (!fixture.Passed)
        {
            _fixturesFailed++;
            if (fixture.Failure is { } failure)
            {
                _broken.Add($"{fixture.Name}: {failure}");
            }
        }
    }

    /// <summary>Writes the report.</summary>
    public void Write(Terminal terminal)
    {
        CaseResult[] differences = Of(CaseCheck.Difference);
        CaseResult[] bounds = Of(CaseCheck.Bounds);
        CaseResult[] repeats = Of(CaseCheck.Repeat);
        var worst = differences.OrderByDescending(Share).Take(WorstShown)
            .Select(VerifyFinding.Of)
            .ToList();
        string[] failures = [.. _broken, .. _results.Where(r => !r.Passed).Select(Describe)];
        var result = new
        {
            device = device.Name,
            kind = device.Kind.ToString().ToLowerInvariant(),
            description = device.Description,
            driver = device.Driver,
            form = device.Form,
            versions = new
            {
                calm = ProgramVersion.Text,
                dotnet = Environment.Version.ToString(),
                os = RuntimeInformation.OSDescription,
                architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
                ilgpu = DeviceList.IlgpuVersion,
            },
            cases = _cases,
            failed = _failed,
            comparisons = differences.Length,
            leftOut = LeftOut,
            notReached = NotReached,
            repeats = new { cases = repeats.Length, failed = repeats.Count(r => !r.Passed) },
            bounds = new { cases = bounds.Length, failed = bounds.Count(r => !r.Passed) },
            fixtures = _fixtures,
            fixturesFailed = _fixturesFailed,
            unsupported = _unsupported,
            failures,
            differences = differences.Where(r => !r.Passed).Select(VerifyFinding.Of),
            worst,
        };
        terminal.Result(result, writer =>
        {
            writer.WriteLine($"calm      {ProgramVersion.Text}, .NET {result.versions.dotnet}, {result.versions.os} "
                + $"({result.versions.architecture}), "
                + $"ILGPU {result.versions.ilgpu}");
            writer.WriteLine($"device    {device.Name} ({result.kind}): {device.Description}{Form()}");
            writer.WriteLine($"cases     {_cases}, {_failed} failed, {differences.Length} comparisons of outputs and gradients");
            if (LeftOut.Count > 0)
            {
                writer.WriteLine($"left out  {LeftOut.Count} cases and fixtures too large for the emulator:");
                WriteList(writer, "left out", LeftOut, int.MaxValue);
            }

            if (NotReached > 0)
            {
                writer.WriteLine($"stopped   before {NotReached} cases and fixtures were checked");
            }

            writer.WriteLine($"bits      {repeats.Length} cases ran twice, {result.repeats.failed} differed");
            writer.WriteLine($"bounds    {bounds.Length} cases between guard bands, {result.bounds.failed} wrote outside");
            writer.WriteLine($"fixtures  {_fixtures}, {_fixturesFailed} failed, {_unsupported.Count} unsupported");
            WriteList(writer, "unsupported", _unsupported, int.MaxValue);
            WriteList(writer, "failed", failures, FailuresShown);
            if (worst.Count > 0)
            {
                writer.WriteLine("closest to their limits:");
            }

            int width = worst.Select(entry => entry.Name.Length).DefaultIfEmpty(0).Max();
            foreach (VerifyFinding entry in worst)
            {
                writer.WriteLine($"  {entry.Name.PadRight(width)}  {Number(entry.Error)} of {Number(entry.Tolerance)}");
            }
        });
    }

    private string Form() => device.Description.Contains(device.Form, StringComparison.Ordinal) ? "" : $"; {device.Form}";

    private static void WriteList(TextWriter writer, string title, IReadOnlyList<string> lines, int most)
    {
        foreach (string line in lines.Take(most))
        {
            writer.WriteLine($"  {title}: {line}");
        }

        if (lines.Count > most)
        {
            writer.WriteLine($"  and {lines.Count - most} more; --json names them all");
        }
    }

    private static string Describe(CaseResult result) => result.Check switch
    {
        CaseCheck.Difference => $"{result.Name}: {Number(result.Error)} > {Number(result.Limit)}{Places(result)}",
        CaseCheck.Repeat => $"{result.Name} with other bits",
        _ => result.Name,
    };

    private static string Places(CaseResult result)
    {
        string worst = result.Worst is { } element ? $"; worst at {element}" : "";
        return result.First.Count == 0
            ? worst
            : $"; {result.Differing} elements differ{worst}; first at {string.Join("; ", result.First)}";
    }

    private static string Number(double? value) => value is { } v && double.IsFinite(v) ? $"{v:0.00e+0}" : "not a number";

    // An exact result counts as far from its limit, an error in one that must be exact as beyond all others.
    private static double Share(CaseResult result) =>
        double.IsNaN(result.Error) ? double.MaxValue : result.Error == 0 ? 0 : result.Error / result.Limit;

    private CaseResult[] Of(CaseCheck check) => [.. _results.Where(r => r.Check == check)];
}
