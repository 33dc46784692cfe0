using System.CommandLine;

namespace Calm.Cli;

/// <summary>The options for the encoding of a CSV file given to <c>--data</c>.</summary>
internal sealed class SeriesOptions
{
    private const string LevelsName = "levels";
    private const string TextName = "text";

    private readonly Option<string> _series = new("--series")
    {
        Description = "How a .csv file is read: levels (a token a value) or text (its digits)",
        DefaultValueFactory = _ => LevelsName,
    };

    private readonly Option<string?> _columns = new("--columns")
    {
        Description = "Columns of the CSV file, as a,b,c; default: all but --time",
    };

    private readonly SeriesFileOptions _file;

    private readonly Option<int> _levels = new("--levels")
    {
        Description = "Levels of a column",
        DefaultValueFactory = _ => 64,
    };

    private readonly Option<string> _bins = new("--bins")
    {
        Description = "How levels are cut: uniform (equal widths) or quantile (equal shares)",
        DefaultValueFactory = _ => "uniform",
    };

    private readonly Option<int> _decimals = new("--decimals")
    {
        Description = "Decimals that --series text writes",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> _difference = new("--difference")
    {
        Description = "Model what each row adds to the one before it",
    };

    private readonly Option<double> _heldOut = new("--held-out")
    {
        Description = "Part of the CSV file's rows, at its end, that is held out",
        DefaultValueFactory = _ => 0.05,
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="decided">Whether an earlier run has decided most of them, so that help hides these.</param>
    public SeriesOptions(Command command, bool decided)
    {
        _series.TakeOneOf(LevelsName, TextName);
        _bins.TakeOneOf("uniform", "quantile");
        command.Options.Add(_series);
        command.Options.Add(_columns);
        _file = new SeriesFileOptions(command);
        Option[] encoding = [_levels, _bins, _decimals, _difference, _heldOut];
        Array.ForEach(encoding, command.Options.Add);
        All = [_series, _columns, .. _file.All, .. encoding];
        Array.ForEach(Decided, option => option.Hidden = decided);
    }

    /// <summary>All of them.</summary>
    public Option[] All { get; }

    /// <summary>Those that the run of an autoencoder decides for the runs that follow.</summary>
    private Option[] Decided => [.. All.Except([.. _file.All, _heldOut])];

    /// <summary>Refuses options that have no effect on the file.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">The CSV file; null for text.</param>
    /// <param name="isLater">Whether an earlier series decided how it is read.</param>
    /// <exception cref="UsageException">One was given.</exception>
    public void RefuseFor(ParseResult parsed, string? file, bool isLater)
    {
        if (file is null)
        {
            parsed.Refuse("is for a series, one .csv file that --data names; leave it out", All);
        }
        else if (isLater)
        {
            parsed.Refuse("the autoencoder's run has decided how its series is read; leave it out", Decided);
        }
        else if (MakesLevels(parsed))
        {
            parsed.Refuse("is for --series text, and levels are written without; leave it out", _decimals);
        }
        else
        {
            parsed.Refuse("is for --series levels, and text has no levels; leave it out", _levels, _bins);
        }
    }

    /// <summary>The CSV file among the paths of <c>--data</c>, or null where they are text.</summary>
    /// <exception cref="UsageException">A CSV file is not alone.</exception>
    public static string? FileOf(string[]? paths) =>
        paths?.FirstOrDefault(path => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) is not { } file ? null
            : paths.Length == 1 ? file
            : throw new UsageException($"--data {string.Join(' ', paths)}: a .csv file is a series and must be alone.");

    /// <summary>Whether values become levels, which are a tokenizer of their own.</summary>
    public bool MakesLevels(ParseResult parsed) => parsed.GetValue(_series) == LevelsName;

    /// <summary>Tokenises a CSV file into a folder.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">The CSV file.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="patchSize">K.</param>
    /// <param name="chooseTokenizer">Makes a tokenizer of digits, or returns that of an earlier series.</param>
    /// <param name="earlier">The earlier series, whose columns are read.</param>
    /// <param name="terminal">Receives a line about the series.</param>
    public Corpus Build(
        ParseResult parsed, string file, string folder, int patchSize,
        Func<IEnumerable<Document>, ITokenizer> chooseTokenizer, SeriesInfo? earlier, Terminal terminal)
    {
        SeriesReading reading = SeriesReader.Read(file, Format(parsed, earlier));
        SeriesPlan plan = PlanOf(parsed);
        plan = earlier is null
            ? plan
            : plan with
            {
                Kind = earlier.Kind,
                Difference = earlier.Difference,
                Decimals = earlier.Decimals ?? plan.Decimals,
            };
        bool fitsLevels = earlier is null && plan.Kind == SeriesKind.Levels;
        Corpus corpus = SeriesCorpus.Build(folder, reading, plan, fitsLevels ? null : chooseTokenizer, patchSize);
        Describe(parsed, file, reading, plan.Kind, patchSize, terminal);
        return corpus;
    }

    /// <summary>The K that fits the columns of a file, if a patch has any: rows of text have no fixed length.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">The CSV file.</param>
    /// <param name="preferred">The K to begin with.</param>
    /// <param name="context">Tokens that must be whole patches; 0 for any.</param>
    public int FittingPatch(ParseResult parsed, string file, int preferred, int context) => MakesLevels(parsed)
        ? SeriesCorpus.FittingPatch(SeriesReader.Columns(file, Format(parsed, earlier: null)).Length, preferred, context)
        : preferred;

    private SeriesFormat Format(ParseResult parsed, SeriesInfo? earlier) => _file.Format(
        parsed, earlier?.Columns ?? parsed.GetValue(_columns)?.Split(',', StringSplitOptions.TrimEntries) ?? [], earlier);

    private static void Describe(
        ParseResult parsed, string file, SeriesReading reading, SeriesKind kind, int patchSize, Terminal terminal)
    {
        SeriesTable table = reading.Table;
        int width = table.Columns.Length;
        string time = reading.Clock is { Step: not null } clock
            ? $"; column {clock.Name} has a step of {clock.StepText} and ends at {clock.Text(clock.Last)}"
            : "";
        string patches = kind == SeriesKind.Text ? ""
            : patchSize >= width ? $"; K = {patchSize}, a patch is {Readable.Count(patchSize / width, "row")}"
            : $"; K = {patchSize}, a row is {width / patchSize} patches";
        terminal.Error.WriteLine(
            $"series: {file}: {Readable.Count(table.Rows, "row")} of {string.Join(", ", table.Columns)}{time}{patches}.");
        foreach (string remark in reading.Remarks)
        {
            terminal.Error.WriteLine($"series: {SettingNames.Translate(remark, parsed)}.");
        }
    }

    private SeriesPlan PlanOf(ParseResult parsed)
    {
        int levels = parsed.GetValue(_levels);
        if (levels is < 2 or > 10_000)
        {
            throw new UsageException($"--levels {levels}: must be 2 to 10000.");
        }

        int decimals = parsed.GetValue(_decimals);
        if (decimals is < 0 or > 15)
        {
            throw new UsageException($"--decimals {decimals}: must be 0 to 15.");
        }

        double heldOut = parsed.GetValue(_heldOut);
        if (heldOut is not (> 0 and < 1))
        {
            throw new UsageException($"--held-out {heldOut}: must be between 0 and 1.");
        }

        return new SeriesPlan(
            MakesLevels(parsed) ? SeriesKind.Levels : SeriesKind.Text, levels,
            parsed.GetValue(_bins) == "uniform" ? LevelRule.Uniform : LevelRule.Quantile,
            parsed.GetValue(_difference), decimals, heldOut);
    }
}
