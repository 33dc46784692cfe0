namespace Calm.Cli;

/// <summary>Prints scores and paired tests.</summary>
internal static class PairedReport
{
    /// <summary>Another model's score, and the test of the first against it, as JSON.</summary>
    /// <param name="kind">The key of the other's name: file or run.</param>
    /// <param name="name">Its name.</param>
    /// <param name="score">Its score.</param>
    /// <param name="pair">The first minus this one.</param>
    public static Dictionary<string, object?> Json(
        string kind, string name, BrierTotals.Result score, PairedBrier.Result pair) => new()
        {
            [kind] = name,
            ["brierLm"] = score.BrierLm,
            ["brier"] = score.Brier,
            ["interval"] = score.Interval,
            ["difference"] = pair.Difference,
            ["differenceInterval"] = pair.Interval,
            ["pValue"] = pair.HasTest ? pair.PValue : null,
        };

    /// <summary>Writes a table of scores.</summary>
    public static void WriteScores(TextWriter writer, IReadOnlyList<(string Name, BrierTotals.Result Score)> scores)
    {
        int width = Math.Max(10, scores.Max(score => score.Name.Length) + 2);
        writer.WriteLine(
            $"{"".PadRight(width)}{"Brier-1",9}{"-2",9}{"-3",9}{"-4",9}{"BrierLM",10}  95 % interval");
        foreach ((string name, BrierTotals.Result r) in scores)
        {
            writer.WriteLine(
                $"{name.PadRight(width)}{string.Concat(r.Brier.Select(score => Readable.Score(score).PadLeft(9)))}"
                + $"{Readable.Score(r.BrierLm),10}  {Readable.ScoreInterval(r.Low, r.High)}");
        }
    }

    /// <summary>Writes a table of scores, and a line for each model that the first is compared with.</summary>
    /// <param name="writer">The output.</param>
    /// <param name="scores">Names and scores.</param>
    /// <param name="pairs">The first minus each of the others.</param>
    public static void Write(
        TextWriter writer, IReadOnlyList<(string Name, BrierTotals.Result Score)> scores,
        IReadOnlyList<PairedBrier.Result> pairs)
    {
        WriteScores(writer, scores);
        for (int i = 0; i < pairs.Count; i++)
        {
            PairedBrier.Result pair = pairs[i];
            string test = pair.HasTest
                ? $"95 % interval {100 * pair.Low:+0.00;-0.00;0.00} to {100 * pair.High:+0.00;-0.00;0.00}, "
                + $"p = {pair.PValue:F4} (paired bootstrap over {pair.Units:N0} {scores[0].Score.UnitName})"
                : "no interval, no p";
            writer.WriteLine($"{scores[0].Name} - {scores[i + 1].Name}: {100 * pair.Difference:+0.00;-0.00}, {test}");
        }
    }
}
