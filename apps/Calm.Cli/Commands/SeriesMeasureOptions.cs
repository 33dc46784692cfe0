using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The options of <c>calm evaluate</c> for forecasts, for runs of a series.</summary>
internal sealed class SeriesMeasureOptions
{
    private readonly Option<int> _horizon = new("--horizon")
    {
        Description = "Run of a series: rows to forecast",
        DefaultValueFactory = _ => 24,
    };

    private readonly Option<int> _members = new("--forecasts")
    {
        Description = "Run of a series: forecasts drawn at each moment",
        DefaultValueFactory = _ => 32,
    };

    private readonly Option<int?> _season = new("--season")
    {
        Description = "Run of a series: rows of a season; default: found by autocorrelation",
    };

    private readonly Option<int> _windows = new("--moments")
    {
        Description = "Run of a series: held-out moments to forecast at; 0 for all",
        DefaultValueFactory = _ => 64,
    };

    /// <summary>Adds the options to a command.</summary>
    public SeriesMeasureOptions(Command command)
    {
        Options = [_horizon, _members, _season, _windows];
        Array.ForEach(Options, command.Options.Add);
    }

    /// <summary>The options. Only runs of a series have them.</summary>
    public Option[] Options { get; }

    /// <summary>Whether a language model's text may be a series. Unknown texts may be.</summary>
    public static bool Apply(string corpus) => !Corpus.Exists(corpus) || SeriesInfo.Find(corpus) is not null;

    /// <summary>Measures the forecasts of a run; null for a run of text.</summary>
    public SeriesResult? Measure(ParseResult parsed, TrainedModel trained, Device device)
    {
        if (SeriesInfo.Find(trained.TextFolder) is not { } info)
        {
            return null;
        }

        SeriesMeasure measure = new(
            parsed.AtLeast(_horizon, 1), parsed.AtLeast(_members, 2), parsed.GetValue(_season), parsed.AtLeast(_windows, 0));
        SeriesForecaster forecaster = new(trained, info, device);
        ForecastRequest request = new(measure.Horizon, measure.Members, Seed: measure.Seed);
        return new SeriesEvaluator(info.LoadTable(trained.TextFolder), info.TrainRows, measure).Measure(
            histories => forecaster.Draw(histories, request));
    }
}
