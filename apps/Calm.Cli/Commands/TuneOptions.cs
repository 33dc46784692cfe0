using System.CommandLine;

namespace Calm.Cli;

/// <summary>The options of <c>calm bench</c> that tune a device.</summary>
internal sealed class TuneOptions
{
    private readonly Option<string?> _tune = new("--tune")
    {
        Description = "Try every choice of kernels that the step, or the op of --op, has on this device and keep the fastest; "
            + "with a file, take over what was tuned elsewhere on the same device and driver",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _log = new("--tune-log")
    {
        Description = "Write every candidate that --tune tried into this JSON file: its times, what it takes, why it was refused",
    };

    /// <summary>Adds the options to a command.</summary>
    public TuneOptions(Command command)
    {
        command.Options.Add(_tune);
        command.Options.Add(_log);
    }

    /// <summary>Whether the device is to be tuned.</summary>
    public bool IsWanted(ParseResult parsed) => parsed.GetResult(_tune) is not null;

    /// <summary>The table to take over; null to search.</summary>
    public string? File(ParseResult parsed) => parsed.GetValue(_tune);

    /// <summary>The file for the candidates, whose place is tried; null for none.</summary>
    public string? Log(ParseResult parsed)
    {
        string? log = parsed.GetValue(_log);
        if (log is not null && (!IsWanted(parsed) || File(parsed) is not null))
        {
            throw new UsageException("--tune-log: goes with --tune without a file, which tries candidates.");
        }

        OutputFile.Require(log);
        return log;
    }
}
