namespace Calm.Cli;

/// <summary>Prints how often the true continuation was ranked first.</summary>
/// <param name="result">The shares.</param>
/// <param name="tokens">Tokens of a continuation.</param>
/// <param name="choices">Continuations of a trial.</param>
internal sealed class TrialsReport(RankingTrials.Result result, int tokens, int choices)
{
    private (ContinuationMeasure Measure, Estimate Share) First => result.First[0];

    /// <summary>The report as JSON.</summary>
    public Dictionary<string, object?> Json()
    {
        Dictionary<string, object?> json = new()
        {
            ["trials"] = result.Trials,
            ["tokens"] = tokens,
            ["choices"] = choices,
            ["documents"] = result.Documents,
        };
        foreach ((ContinuationMeasure measure, Estimate share) in result.First)
        {
            json[MeasureText.Key(measure)] = new { first = share.Value, interval = MeasureText.Interval(share) };
        }

        json["chance"] = new { first = 1.0 / choices };
        json["difference"] = new { value = result.Difference.Value, interval = MeasureText.Interval(result.Difference) };
        return json;
    }

    /// <summary>Warns that an interval is missing or rests on few documents.</summary>
    public void Remark(Terminal terminal)
    {
        if (result.Documents < BrierTotals.FewUnits)
        {
            terminal.Error.WriteLine(
                $"calm: {Readable.Count(result.Documents, "document")} can be drawn again in few ways: with fewer than "
                + $"{BrierTotals.FewUnits} an interval is too narrow or missing; raise --trials, or hold out more text.");
        }
    }

    /// <summary>Writes a table.</summary>
    public void Write(TextWriter writer)
    {
        writer.WriteLine(
            $"{Readable.Count(result.Trials, "place")} of {Readable.Count(result.Documents, "held-out document")}; the true "
            + $"continuation of {Readable.Count(tokens, "token")} among {choices}");
        writer.WriteLine($"{"",-12}{"first",-10}95 % interval");
        foreach ((ContinuationMeasure measure, Estimate share) in result.First)
        {
            writer.WriteLine($"{MeasureText.Name(measure),-12}{Readable.Percent(share.Value),-10}{Ends(share)}");
        }

        writer.WriteLine($"{"chance",-12}{Readable.Percent(1.0 / choices)}");
        writer.WriteLine(
            $"{MeasureText.Name(First.Measure)} - {MeasureText.Name(result.First[^1].Measure)}: "
            + $"{100 * result.Difference.Value:+0.00;-0.00;0.00}, 95 % interval "
            + (result.Difference.HasInterval
                ? $"{100 * result.Difference.Low:+0.00;-0.00;0.00} to {100 * result.Difference.High:+0.00;-0.00;0.00}"
                : Readable.Missing));
    }

    private static string Ends(Estimate share) => Readable.ScoreInterval(share.Low, share.High);
}
