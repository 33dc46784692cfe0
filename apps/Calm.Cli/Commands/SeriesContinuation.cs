using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm generate</c> for a run of a series: writes possible next rows as CSV.</summary>
internal sealed class SeriesContinuation
{
    private readonly Option<string?> _prompt = new("--prompt-file")
    {
        Description = "Run of a series: CSV file whose last rows are continued; default: the series of the run",
    };

    private readonly Option<int> _rows = new("--rows")
    {
        Description = "Run of a series: rows to add",
        DefaultValueFactory = _ => 24,
    };

    /// <summary>Adds its options.</summary>
    public SeriesContinuation(Command command)
    {
        Options = [_prompt, _rows];
        Array.ForEach(Options, command.Options.Add);
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

        SeriesTable history = parsed.GetValue(_prompt) is { } file
            ? SeriesReader.Read(file, info.Columns)
            : info.LoadTable(trained.Corpus.Folder);
        SeriesForecaster forecaster = new(trained, info, device);
        Stopwatch clock = Stopwatch.StartNew();
        SeriesForecast forecast = forecaster.Draw(
            [history], new ForecastRequest(rows, 1, agreement, agreement == 1 ? 1 : candidates, seed));
        double seconds = clock.Elapsed.TotalSeconds;
        string text = SeriesTable.Header(info.Columns) + Lines(forecast.Members[0][0], info.Columns.Length);
        terminal.Result(
            new { text, rows, malformedRows = forecast.MalformedRows, secondsPerRow = seconds / rows },
            writer => writer.Write(text));
        if (forecast.MalformedRows > 0)
        {
            terminal.Error.WriteLine($"{forecast.MalformedRows} of {rows} rows were malformed and repeat the row before.");
        }

        return 0;
    }

    private static string Lines(double[] values, int width) =>
        string.Concat(values.Select((value, i) => Text(value) + ((i + 1) % width == 0 ? '\n' : ',')));

    /// <summary>All digits of a value; 15 where those behind are the rounding errors of summed changes.</summary>
    private static string Text(double value)
    {
        const int fewUnits = 8;
        string shorter = value.ToString("G15", CultureInfo.InvariantCulture);
        double rounded = double.Parse(shorter, NumberStyles.Float, CultureInfo.InvariantCulture);
        double unit = Math.BitIncrement(Math.Abs(value)) - Math.Abs(value);
        return Math.Abs(rounded - value) <= fewUnits * unit
            ? rounded.ToString(CultureInfo.InvariantCulture)
            : value.ToString(CultureInfo.InvariantCulture);
    }
}
