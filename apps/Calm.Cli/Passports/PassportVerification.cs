using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Runs cases on a device as <c>calm verify</c> does, and keeps their bits.</summary>
/// <param name="device">The device.</param>
internal sealed class PassportVerification(Device device)
{
    private const int WorstKept = 10;
    private const int FailuresKept = 20;

    private readonly List<CaseResult> _results = [];
    private readonly List<string> _failures = [];
    private readonly Dictionary<string, string> _bits = [];
    private readonly HashSet<string> _wrongOps = [];
    private int _cases;
    private int _failed;

    /// <summary>Ops of which a case failed.</summary>
    public IReadOnlySet<string> WrongOps => _wrongOps;

    /// <summary>Runs cases. One that fails is noted, and the others go on; a device that fails ends it.</summary>
    public void Run(IReadOnlyList<OpCase> cases, Activity activity)
    {
        for (int i = 0; i < cases.Count; i++)
        {
            activity.Count($"{Readable.Count(i)} of {Readable.Count(cases.Count)} cases");
            activity.Report((double)i / cases.Count);
            Add(cases[i]);
        }
    }

    /// <summary>The results.</summary>
    /// <param name="leftOut">Cases that did not run.</param>
    public PassportChecks Result(int leftOut) => new(
        _cases, _failed, leftOut, [.. _failures.Take(FailuresKept)],
        [
            .. _results.Where(result => result.Check == CaseCheck.Difference)
                .Select(result => new PassportError(result.Name, Finite(result.Error), Finite(result.Limit)))
                .OrderByDescending(error => error.Share)
                .Take(WorstKept),
        ],
        _bits);

    private void Add(OpCase c)
    {
        _cases++;
        try
        {
            IReadOnlyList<CaseResult> results = CaseRunner.Check(c, device, out CaseRun run);
            _results.AddRange(results);
            _bits[c.Name] = run.Hash();
            if (results.FirstOrDefault(result => !result.Passed) is { } wrong)
            {
                Fail(c, $"{wrong.Name}: {wrong.Error:0.00e+0} > {wrong.Limit:0.00e+0}");
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException && DeviceFailure.LineOf(failure) is null)
        {
            Fail(c, $"{c.Name}: {failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}");
        }
    }

    private void Fail(OpCase c, string line)
    {
        const int most = 400;
        _failed++;
        _wrongOps.Add(c.Op);
        _failures.Add(line.Length > most ? line[..most] : line);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
