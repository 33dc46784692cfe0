using System.CommandLine;
using Calm.Kernels;

namespace Calm.Cli;

/// <summary>The options that choose ops by their cases: a name, and an assembly other than Calm's own.</summary>
internal sealed class CaseOptions
{
    private readonly Option<string?> _op;
    private readonly Option<string?> _assembly;

    /// <summary>Adds the options to a command.</summary>
    public CaseOptions(Command command, string opDescription)
    {
        _op = new Option<string?>("--op") { Description = opDescription };
        _assembly = new Option<string?>("--assembly")
        {
            Description = "Take the ops of this .dll, which references Calm.Kernels, instead of Calm's own",
        };
        command.Options.Add(_op);
        command.Options.Add(_assembly);
    }

    /// <summary>The op's name as typed; null for all.</summary>
    public string? Op(ParseResult parsed) => parsed.GetValue(_op);

    /// <summary>The other assembly as typed; null for Calm's own.</summary>
    public string? Assembly(ParseResult parsed) => parsed.GetValue(_assembly);

    /// <summary>Whether another assembly's ops are wanted.</summary>
    public bool IsForeign(ParseResult parsed) => parsed.GetValue(_assembly) is not null;

    /// <summary>All cases of the chosen assembly, whichever op is wanted.</summary>
    public IReadOnlyList<OpCase> All(ParseResult parsed) =>
        parsed.GetValue(_assembly) is { } path ? OpAssembly.CasesOf(path) : OpCases.Find();

    /// <summary>The cases of the chosen assembly and op at the sizes of a model.</summary>
    /// <exception cref="UsageException">The op has none.</exception>
    public IReadOnlyList<OpCase> FindAt(ParseResult parsed, CaseSizes sizes)
    {
        IReadOnlyList<OpCase> all = parsed.GetValue(_assembly) is { } path
            ? OpAssembly.CasesOf(path, sizes)
            : OpCases.FindAt(typeof(OpCases).Assembly, sizes);
        IReadOnlyList<OpCase> cases = [.. all.Where(c => Op(parsed) is null || c.Op == Op(parsed))];
        return cases.Count > 0
            ? cases
            : throw new UsageException($"--op {Op(parsed)}: has no case at the sizes of a model; leave out --shapes.");
    }

    /// <summary>The chosen op at sizes as they are typed: see <see cref="ShapeSweep"/>.</summary>
    /// <exception cref="UsageException">No op is chosen, it takes no sizes, or not these.</exception>
    public IReadOnlyList<OpCase> FindSwept(ParseResult parsed, IReadOnlyList<string> typed)
    {
        IReadOnlyList<CaseSweep> sweeps = parsed.GetValue(_assembly) is { } path
            ? OpAssembly.SweepsOf(path)
            : OpCases.Sweeps(typeof(OpCases).Assembly);
        string names = string.Join(", ", sweeps.Select(sweep => sweep.Op));
        string? op = Op(parsed);
        CaseSweep? found = sweeps.FirstOrDefault(sweep => sweep.Op == op);
        return found is not null ? [.. typed.SelectMany(sizes => ShapeSweep.Cases(found, sizes)).DistinctBy(c => c.Label)]
            : sweeps.Count == 0 ? throw new UsageException("--shape: no op of this assembly has a Sweep, which takes sizes.")
            : throw new UsageException(
                op is null ? $"--shape: needs one --op of {names}."
                : $"--op {op}: takes no --shape; these do: {names}{Suggestion.For(op, sweeps.Select(sweep => sweep.Op))}");
    }

    /// <summary>The cases of the chosen assembly and op.</summary>
    /// <exception cref="UsageException">There is no such op.</exception>
    public IReadOnlyList<OpCase> Find(ParseResult parsed)
    {
        IReadOnlyList<OpCase> all = All(parsed);
        string? op = Op(parsed);
        IReadOnlyList<OpCase> cases = [.. all.Where(c => op is null || c.Op == op)];
        return cases.Count > 0
            ? cases
            : throw new UsageException(
                $"--op {op}: no such op{Suggestion.For(op!, all.Select(c => c.Op))}");
    }
}
