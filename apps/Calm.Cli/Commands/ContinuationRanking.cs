namespace Calm.Cli;

/// <summary>Continuations of a prompt with their scores and ranks, the best by the first measure first.</summary>
internal sealed class ContinuationRanking
{
    private const int MostTokens = 1 << 16;
    private const int WidestText = 48;

    private readonly ScoredModel _model;
    private readonly string _prompt;
    private readonly int _promptTokens;
    private readonly Line[] _lines;

    private ContinuationRanking(ScoredModel model, string prompt, int promptTokens, Line[] lines)
    {
        (_model, _prompt, _promptTokens, _lines) = (model, prompt, promptTokens, lines);
    }

    private sealed record Line(string Text, int[] Ids, ContinuationScore[] Scores, int[] Ranks);

    /// <summary>Scores and ranks continuations.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">The prompt; may be empty.</param>
    /// <param name="given">The continuations.</param>
    /// <param name="ends">Whether documents end with them.</param>
    /// <param name="progress">Receives the share that is done.</param>
    /// <exception cref="UsageException">A text is too long, or too short.</exception>
    public static ContinuationRanking Of(
        ScoredModel model, string prompt, Continuation[] given, bool ends, IProgress<double> progress)
    {
        int[] ids = Encode(model, prompt, "--prompt");
        int[][] texts = [.. given.Select(one => Encode(model, one.Text, one.Place))];
        model.Scorer.Read(ids);
        RequireWholePatches(model, given, texts, ends);
        List<ContinuationScore[]> scores = [];
        foreach (int[] text in texts)
        {
            scores.Add(model.Scorer.Score(text, ends));
            progress.Report((double)scores.Count / texts.Length);
        }

        int[][] ranks =
        [
            .. model.Scorer.Measures.Select((_, m) => ContinuationScore.Ranks([.. scores.Select(one => one[m].Goodness)])),
        ];
        IEnumerable<Line> lines = given.Select(
            (one, i) => new Line(one.Text, texts[i], scores[i], [.. ranks.Select(rank => rank[i])]));
        return new ContinuationRanking(model, prompt, ids.Length, [.. lines.OrderBy(line => line.Ranks[0])]);
    }

    private static int[] Encode(ScoredModel model, string text, string place)
    {
        int[] tokens = model.Tokenizer.Encode(text);
        return tokens.Length <= MostTokens
            ? tokens
            : throw new UsageException(
                $"{place}: has {Readable.Count(tokens.Length)} tokens, at most {Readable.Count(MostTokens)} are scored.");
    }

    private static void RequireWholePatches(ScoredModel model, Continuation[] given, int[][] texts, bool ends)
    {
        int least = model.Scorer.FewestTokens;
        int few = ends ? -1 : Array.FindIndex(texts, text => text.Length < least);
        if (few >= 0)
        {
            throw new UsageException(
                $"{given[few].Place}: {Readable.Count(texts[few].Length, "token")} end inside a patch of {model.FewestTokens}, "
                + $"and only a whole one has a latent; give {least} or more, or --ends if the document ends with it.");
        }
    }

    /// <summary>The ranking as JSON.</summary>
    public Dictionary<string, object?> Json() => new()
    {
        ["run"] = _model.Path,
        ["prompt"] = _prompt,
        ["promptTokens"] = _promptTokens,
        ["draws"] = _model.Draws,
        ["continuations"] = _lines.Select(line =>
        {
            Dictionary<string, object?> json = new() { ["text"] = line.Text, ["tokens"] = line.Ids.Length };
            foreach ((ContinuationScore score, int rank) in line.Scores.Zip(line.Ranks))
            {
                json[MeasureText.Key(score.Measure)] = new
                {
                    mean = score.Mean.Value,
                    interval = MeasureText.Interval(score.Mean),
                    sum = score.Sum,
                    units = score.Units,
                    rank,
                };
            }

            return json;
        }),
    };

    /// <summary>Writes a table.</summary>
    public void Write(TextWriter writer)
    {
        string draws = _model.Draws is { } count ? $"; {count} draws of each patch" : "";
        IReadOnlyList<ContinuationMeasure> measures = _model.Scorer.Measures;
        writer.WriteLine($"prompt of {Readable.Count(_promptTokens, "token")}{draws}; {MeasureText.Legend(measures)}");
        writer.WriteLine(string.Concat(measures.Select(Heading)) + "continuation");
        foreach (Line line in _lines)
        {
            writer.WriteLine(string.Concat(line.Scores.Zip(line.Ranks, Cells)) + Shown(line.Ids));
        }
    }

    private static string Heading(ContinuationMeasure measure) =>
        Cells("rank", MeasureText.Name(measure), MeasureText.HasInterval(measure) ? "95 % interval" : null);

    private static string Cells(ContinuationScore score, int rank) => Cells(
        $"{rank}", MeasureText.Value(score.Measure, score.Mean.Value),
        MeasureText.HasInterval(score.Measure) ? MeasureText.Ends(score.Measure, score.Mean) : null);

    private static string Cells(string rank, string value, string? interval) =>
        $"{rank,-6}{value,-12}{(interval is null ? "" : $"{interval,-20}")}";

    private string Shown(int[] ids)
    {
        string text = PatchText.Of(ids.AsSpan(0, Math.Min(ids.Length, WidestText)), _model.Tokenizer);
        bool isCut = text.Length > WidestText || ids.Length > WidestText;
        return isCut ? $"{text[..Math.Min(WidestText, text.Length - 1)]}..." : text;
    }
}
