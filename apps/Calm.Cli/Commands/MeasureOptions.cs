using System.CommandLine;

namespace Calm.Cli;

/// <summary>The options of <c>calm bench</c> that say how ops are timed, beside what, and where the result goes.</summary>
internal sealed class MeasureOptions
{
    private readonly Option<double> _seconds = SecondsOption("Most seconds for each op and direction");

    private readonly Option<double> _noise = new("--noise")
    {
        Description = "Stop earlier when the median's relative standard error is this many percent",
        DefaultValueFactory = _ => 100 * new MeasureSettings().Noise,
    };

    private readonly Option<string> _cache = new("--cache")
    {
        Description = "warm: operands are where the run before left them; cold: the caches are emptied before each run",
        DefaultValueFactory = _ => "warm",
    };

    private readonly Option<string[]> _shape = new("--shape")
    {
        Description = "Time the op at these sizes, in all combinations: M=128..8192:x2,N=1024,K=64/256; a wrong name lists the "
            + "op's; may be repeated",
    };

    private readonly Option<string> _cases = new("--cases")
    {
        Description = "largest: the largest case of each op; all: every one with a cost",
        DefaultValueFactory = _ => Largest,
    };

    private readonly Option<bool> _pin = new("--pin") { Description = "Keep each thread of the host on a core of its own" };

    private readonly Option<string> _inputs = new("--inputs")
    {
        Description = "The numbers: those of the op's case, or uniform, zeros, denormals, one-hot",
        DefaultValueFactory = _ => "case",
    };

    private readonly Option<int> _seed = new("--seed") { Description = "Seed of --inputs uniform and denormals" };

    private readonly Option<string> _providers = new("--providers")
    {
        Description = "Time the same work by these, in turns: calm, openblas, clblast, cublas, or those of the assemblies that "
            + $"{OpProviders.Variable} lists; separated by commas",
        DefaultValueFactory = _ => BenchRow.Calm,
    };

    private readonly Option<string?> _against = new("--against")
    {
        Description = "Compare with a result that was written with --json; exit code 1 if an op is slower",
    };

    private readonly Option<string[]> _out = new("--out")
    {
        Description = "Write the ops into this file, too: .csv, .md, .html, .svg for plots over size, or .xml for JUnit's "
            + "readers; may be repeated",
    };

    private const string Largest = "largest";

    private static readonly Dictionary<string, InputDistribution> Distributions = new()
    {
        ["case"] = InputDistribution.Case,
        ["uniform"] = InputDistribution.Uniform,
        ["zeros"] = InputDistribution.Zeros,
        ["denormals"] = InputDistribution.Denormals,
        ["one-hot"] = InputDistribution.OneHot,
    };

    /// <summary>Adds the options to a command.</summary>
    public MeasureOptions(Command command)
    {
        _cache.TakeOneOf("warm", "cold");
        _cases.TakeOneOf(Largest, "all");
        _inputs.TakeOneOf([.. Distributions.Keys]);
        Option[] all = [_shape, _cases, _seconds, _noise, _cache, _pin, _inputs, _seed, _providers, _against, _out];
        foreach (Option option in all)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>An option for the time of an op.</summary>
    public static Option<double> SecondsOption(string description) => new("--seconds")
    {
        Description = description, DefaultValueFactory = _ => new MeasureSettings().Seconds,
    };

    /// <summary>The seconds that were typed.</summary>
    /// <exception cref="UsageException">They are no time that one would wait.</exception>
    public static double SecondsOf(ParseResult parsed, Option<double> option) =>
        parsed.GetValue(option) is > 0 and <= 3600 and double seconds
            ? seconds
            : throw new UsageException($"--seconds {parsed.Typed(option)}: must be above 0 and at most 3600.");

    /// <summary>Times, noise and caches.</summary>
    public MeasureSettings Settings(ParseResult parsed) => new()
    {
        Seconds = SecondsOf(parsed, _seconds),
        Noise = parsed.GetValue(_noise) is >= 0 and <= 100 and double percent
            ? percent / 100
            : throw new UsageException($"--noise {parsed.Typed(_noise)}: must be from 0 to 100 percent."),
        Cache = parsed.GetValue(_cache) == "cold" ? CacheState.Cold : CacheState.Warm,
        IsPinned = parsed.GetValue(_pin),
    };

    /// <summary>The sizes that were typed; empty for the op's own cases.</summary>
    public IReadOnlyList<string> Shapes(ParseResult parsed) => parsed.GetValue(_shape) ?? [];

    /// <summary>Whether every case of an op is timed, rather than the largest.</summary>
    public bool TakesAllCases(ParseResult parsed) => parsed.GetValue(_cases) != Largest;

    /// <summary>The numbers to compute with, and their seed.</summary>
    public (InputDistribution Distribution, uint Seed) Inputs(ParseResult parsed) =>
        (Distributions[parsed.GetValue(_inputs)!], (uint)parsed.GetValue(_seed));

    /// <summary>The libraries to time beside ours.</summary>
    /// <exception cref="UsageException">Ours is not among them.</exception>
    public IReadOnlyList<string> Providers(ParseResult parsed)
    {
        string typed = parsed.GetValue(_providers)!;
        string[] names = typed.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Contains(BenchRow.Calm)
            ? [.. names.Where(name => name != BenchRow.Calm)]
            : throw new UsageException($"--providers {typed}: must have calm, beside which others are timed.");
    }

    /// <summary>The saved result to compare with; null for none.</summary>
    public string? Against(ParseResult parsed) => parsed.GetValue(_against);

    /// <summary>The files to write, whose places are tried.</summary>
    public IReadOnlyList<string> Files(ParseResult parsed)
    {
        string[] files = parsed.GetValue(_out) ?? [];
        foreach (string file in files)
        {
            if (!BenchFiles.Extensions.Contains(Path.GetExtension(file).ToLowerInvariant()))
            {
                throw new UsageException($"--out {file}: must end in {string.Join(", ", BenchFiles.Extensions)}.");
            }

            OutputFile.Require(file, Against(parsed));
        }

        return files;
    }
}
