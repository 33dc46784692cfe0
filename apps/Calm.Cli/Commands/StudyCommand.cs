using System.CommandLine;
using System.Globalization;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm study NAME</c>: trains, evaluates, and writes a page with tables, a plot and a conclusion.</summary>
internal sealed class StudyCommand
{
    private readonly IStudy _study;
    private readonly Terminal _terminal;
    private readonly DeviceOptions _devices;
    private readonly CorpusOptions _corpus;

    private readonly Option<double?> _minutes = new("--minutes");
    private readonly Option<string?> _output = new("--out")
    {
        Description = "Folder of the study; default: runs/study-NAME",
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Go on with the study in that folder, with its options; a longer time may be given",
    };

    private readonly Option<string?> _page = new("--page")
    {
        Description = "Write the page, and its plots beside it, to this file too",
    };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Seed of weights, order and noise", DefaultValueFactory = _ => 1,
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "A setting of all models, as calm.hidden_size=192; may be repeated",
    };

    // For tests, which cannot depend on the machine's speed.
    private readonly Option<int> _steps = new("--steps") { Hidden = true };

    private StudyCommand(Command command, IStudy study, Terminal terminal)
    {
        _study = study;
        _terminal = terminal;
        _minutes.Description = $"Time to spend; default: {Minutes(study)}";
        foreach (Option option in new Option[] { _minutes, _output, _resume, _page, _seed, _set, _steps })
        {
            command.Options.Add(option);
        }

        _corpus = new CorpusOptions(command);
        _devices = new DeviceOptions(command);
    }

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "study",
            "Answer a question by training models: a page with tables, a plot and what the intervals allow to say. "
            + "Example: calm study temperature --minutes 20");
        foreach (IStudy study in StudyList.All)
        {
            Command one = new(study.Name, $"{study.Title}. Example: calm study {study.Name} --minutes {Minutes(study)}");
            one.SetAction(new StudyCommand(one, study, terminal).Run);
            command.Subcommands.Add(one);
        }

        return command;
    }

    private static double Minutes(IStudy study) => study.Design.Minutes;

    private int Run(ParseResult parsed)
    {
        string folder = parsed.GetValue(_output) ?? Path.Combine("runs", $"study-{_study.Name}");
        OutputFile.Require(parsed.GetValue(_page));
        using Device device = _devices.Open(parsed, _terminal);
        StudyDescription description = parsed.GetValue(_resume) ? Known(parsed, folder) : New(parsed, folder, device);
        using StudyRunner runner = new(
            _study, description, folder, device, _terminal,
            (path, need, tokenizer) => _corpus.Build(parsed, path, need, _terminal, tokenizer));
        StudyRecord record = runner.Run();
        StudyPage page = new(_study, description, record, _study.Conclude(record));
        string file = Path.Combine(folder, $"{_study.Name}.md");
        IReadOnlyList<string> plots = page.Write(file);
        if (parsed.GetValue(_page) is { } published)
        {
            page.Write(published);
        }

        Report(page, folder, file, plots);
        return 0;
    }

    private void Report(StudyPage page, string folder, string file, IReadOnlyList<string> plots)
    {
        var result = new
        {
            study = _study.Name,
            seconds = page.Record.Seconds,
            rounds = page.Record.Rounds,
            completeRounds = page.Record.CompleteRounds,
            conclusions = page.Findings.Conclusions,
            measurements = page.Record.All.Select(
                one => new { one.Arm, one.Variant, one.Round, one.Step, one.Values }),
            folder,
            page = file,
            plots,
        };
        _terminal.Result(result, writer =>
        {
            foreach (MarkdownTable table in page.Findings.Tables)
            {
                table.Write(writer);
            }

            foreach (string conclusion in page.Findings.Conclusions)
            {
                writer.WriteLine(conclusion);
            }

            writer.WriteLine($"{Readable.Duration(page.Record.Seconds)} in all. Page: {file}");
        });
    }

    private StudyDescription New(ParseResult parsed, string folder, Device device)
    {
        double minutes = MinutesOf(parsed, Minutes(_study));
        if (parsed.GetValue(_steps) < 0)
        {
            throw new UsageException($"--steps {parsed.GetValue(_steps)}: must be above 0.");
        }

        RunFolder.RequireEmpty(folder);
        string[] settings = parsed.GetValue(_set) ?? [];
        string beginning = string.Create(
            CultureInfo.InvariantCulture, $"./calm study {_study.Name} --minutes {minutes} --seed {parsed.GetValue(_seed)}");
        string command = TypedCommand.Of(beginning, parsed, [_minutes, _seed, .. Places]);
        return new StudyDescription(
            _study.Name, command, minutes, parsed.GetValue(_steps), parsed.GetValue(_seed), _corpus.Name(parsed),
            $"{device.Name}, {device.Description}", settings);
    }

    /// <summary>The description of the study in a folder, with more time if more is given.</summary>
    private StudyDescription Known(ParseResult parsed, string folder)
    {
        StudyDescription known = StudyDescription.Read(folder);
        if (known.Study != _study.Name)
        {
            throw new UsageException($"--out {folder}: holds the study {known.Study}, not {_study.Name}.");
        }

        double minutes = MinutesOf(parsed, known.Minutes);
        return minutes == known.Minutes
            ? known
            : known.With(
                minutes, TypedCommand.Of($"./calm study {_study.Name} --resume", parsed, [_resume, .. Places]));
    }

    /// <summary>Options that do not affect measurements.</summary>
    private Option[] Places => [_output, _page];

    private double MinutesOf(ParseResult parsed, double otherwise)
    {
        double minutes = parsed.GetValue(_minutes) ?? otherwise;
        return minutes is >= 0.1 and <= 100_000
            ? minutes
            : throw new UsageException($"--minutes {minutes}: must be at least 0.1.");
    }
}
