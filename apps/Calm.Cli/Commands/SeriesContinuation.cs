using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// <c>calm generate</c> for a run of a series: writes possible next rows as CSV, or quantiles of many of them, with the times
/// that follow.
/// </summary>
internal sealed class SeriesContinuation
{
    private const int DrawsOfQuantiles = 100;

    private static readonly double[] DefaultPercents = [5, 25, 50, 75, 95];

    private readonly Option<string?> _prompt = new("--prompt-file")
    {
        Description = "Run of a series: CSV file whose last rows are continued; default: the series of the run",
    };

    private readonly Option<int> _rows = new("--rows")
    {
        Description = "Run of a series: rows to add",
        DefaultValueFactory = _ => 24,
    };

    private readonly Option<int?> _draws = new("--draws")
    {
        Description = "Run of a series: continuations drawn; of more than one the quantiles are written. "
            + $"Default: 1; {DrawsOfQuantiles} with --quantiles or --svg",
    };

    private readonly Option<string?> _quantiles = new("--quantiles")
    {
        Description = $"Run of a series: percentages of the draws, as 10,50,90; default: {string.Join(',', DefaultPercents)}",
    };

    private readonly Option<string?> _output = new("--out")
    {
        Description = "Run of a series: CSV file to write the rows to; default: standard output",
    };

    private readonly Option<string?> _picture = new("--svg")
    {
        Description = "Run of a series: draw the last rows, the median and the bands between quantiles into this SVG file",
    };

    private readonly SeriesFileOptions _file;

    /// <summary>Adds its options.</summary>
    public SeriesContinuation(Command command)
    {
        Option[] own = [_prompt, _rows, _draws, _quantiles, _output, _picture];
        Array.ForEach(own, command.Options.Add);
        _file = new SeriesFileOptions(command);
        Options = [.. own, .. _file.All];
    }

    /// <summary>The options, which only a run of a series has.</summary>
    public Option[] Options { get; }

    /// <summary>Continues the series of a run.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Receives the rows.</param>
    /// <param name="trained">The run.</param>
    /// <param name="info">Its series.</param>
    /// <param name="device">The device that holds its parameters.</param>
    /// <param name="agreement">n of the temperature 1/n.</param>
    /// <param name="candidates">Draws from which each patch is chosen.</param>
    /// <param name="seed">Seed of all draws.</param>
    public int Run(
        ParseResult parsed, Terminal terminal, TrainedModel trained, SeriesInfo info, Device device, int agreement,
        int candidates, ulong seed)
    {
        int rows = parsed.AtLeast(_rows, 1);
        bool isSpread = parsed.IsGiven(_quantiles) || parsed.IsGiven(_picture);
        int draws = parsed.GetValue(_draws) ?? (isSpread ? DrawsOfQuantiles : 1);
        GivenOptions.RequireAtLeast(_draws, draws, isSpread ? 2 : 1);
        double[] percents = draws == 1 ? [] : Percents(parsed.GetValue(_quantiles));
        (string? output, string? picture) = (parsed.GetValue(_output), parsed.GetValue(_picture));
        OutputFile.Require(output, parsed.GetValue(_prompt));
        OutputFile.Require(picture, parsed.GetValue(_prompt));
        (SeriesTable history, SeriesClock? clock) = History(parsed, terminal, trained, info);

        // Times that leave the calendar are refused before the work.
        string[]? times = clock?.After(rows);
        Stopwatch watch = Stopwatch.StartNew();
        SeriesForecast forecast = new SeriesForecaster(trained, info, device).Draw(
            [history], new ForecastRequest(rows, draws, agreement, agreement == 1 ? 1 : candidates, seed));
        double seconds = watch.Elapsed.TotalSeconds;
        ForecastTable table = new(
            info.Columns, rows, clock?.Name, times, percents, forecast.Members[0], roundsSums: info.Difference);
        string text = table.ToCsv();
        if (output is not null)
        {
            SafeFile.Write(output, System.Text.Encoding.UTF8.GetBytes(text));
        }

        if (picture is not null)
        {
            ForecastPicture.Write(picture, history, clock, table);
            terminal.Error.WriteLine($"picture: {picture}");
        }

        terminal.Result(
            new
            {
                text,
                rows,
                draws,
                times,
                quantiles = percents,
                columns = table.ByColumn(),
                malformedRows = forecast.MalformedRows,
                secondsPerRow = seconds / rows / draws,
            },
            writer => writer.Write(output is not null
                ? $"{output}: {Readable.Count(rows, "row")}, {Readable.Count(draws, "draw")}\n"
                : text));
        if (forecast.MalformedRows > 0)
        {
            long all = (long)rows * draws;
            terminal.Error.WriteLine($"{forecast.MalformedRows} of {all} rows were malformed and repeat the row before.");
        }

        return 0;
    }

    /// <summary>The rows to continue, and their times.</summary>
    private (SeriesTable Rows, SeriesClock? Clock) History(
        ParseResult parsed, Terminal terminal, TrainedModel trained, SeriesInfo info)
    {
        if (parsed.GetValue(_prompt) is not { } file)
        {
            parsed.Refuse("is for --prompt-file; the series of the run has been read; leave it out", _file.All);
            return (info.LoadTable(trained.TextFolder), info.Clock);
        }

        SeriesReading reading = SeriesReader.Read(file, _file.Format(parsed, info.Columns, info));
        foreach (string remark in reading.Remarks)
        {
            terminal.Error.WriteLine($"series: {file}: {SettingNames.Translate(remark, parsed)}.");
        }

        return info.Clock is { Step: not null } learnt && reading.Clock is { Step: not null } own && own.Step != learnt.Step
            ? throw new CalmException(
                $"{file}: has a row every {own.StepText}, but the run learnt one every {learnt.StepText}; "
                + "give rows at that step.")
            : (reading.Table, reading.Clock);
    }

    private double[] Percents(string? list)
    {
        if (list is null)
        {
            return DefaultPercents;
        }

        double[] percents = [.. list.Split(',').Select(field =>
            double.TryParse(field, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
                ? percent
                : double.NaN)];
        bool isRising = percents.Zip(percents.Skip(1)).All(pair => pair.First < pair.Second);
        return isRising && percents.All(percent => percent is > 0 and < 100)
            ? percents
            : throw new UsageException($"{_quantiles.Name} {list}: must be rising percentages between 0 and 100, as 10,50,90.");
    }
}
