using Calm.Runtime;

namespace Calm.Cli;

/// <summary>BrierLM of a run, of the counting baselines and of other runs, on the same held-out windows.</summary>
/// <param name="Path">The run.</param>
/// <param name="Scored">Its scores by document.</param>
/// <param name="Score">Their summary.</param>
/// <param name="Unigram">The unigram baseline; null where no text is known that the model has learnt from.</param>
/// <param name="Bigram">The bigram baseline; null likewise.</param>
/// <param name="Rivals">The other runs.</param>
internal sealed record ModelScores(
    string Path, ScoredRun Scored, BrierTotals.Result Score, BrierTotals.Result? Unigram, BrierTotals.Result? Bigram,
    RivalRun[] Rivals)
{
    /// <summary>Scores the baselines and the other runs.</summary>
    /// <param name="path">The run.</param>
    /// <param name="scored">Its scores.</param>
    /// <param name="learnt">The text that the model has learnt from, for the baselines; null if it is not known.</param>
    /// <param name="request">The other runs, and the draws of those of patches.</param>
    /// <param name="device">The device that scores them.</param>
    /// <param name="terminal">Told what is going on.</param>
    public static ModelScores Measure(
        string path, ScoredRun scored, TokenFile? learnt, ScoreRequest request, Device device, Terminal terminal)
    {
        RivalRun[] against =
            [.. request.Rivals.Select(rival => RivalRun.Measure(rival, scored, request.Draws, device, terminal))];
        BrierTotals.Result score = scored.Totals.Summarise(scored.Estimator);
        if (learnt is null)
        {
            return new ModelScores(path, scored, score, null, null, against);
        }

        (BrierTotals.Result unigram, BrierTotals.Result bigram) = terminal.During("counting for the baselines", _ =>
            CalmEvaluator.MeasureBaselines(new CountBaseline(learnt.All(), learnt.VocabularySize), scored.Windows));
        return new ModelScores(path, scored, score, unigram, bigram, against);
    }

    /// <summary>Adds the scores to a JSON object.</summary>
    public void AddTo(Dictionary<string, object?> json)
    {
        json["brierLm"] = Score.BrierLm;
        json["brier"] = Score.Brier;
        json["interval"] = Score.Interval;
        json["windows"] = Score.Rows;
        json["documents"] = Score.Documents;
        json["pieces"] = Scored.Windows.PiecePatches is { } patches ? new { count = Score.Units, patches } : null;
        json["estimator"] = Scored.Estimator.ToString().ToLowerInvariant();
        json["against"] = Rivals.Select(rival => PairedReport.Json("run", rival.Run, rival.Score, rival.Pair));
        json["baselines"] = Unigram is null || Bigram is null ? null : new
        {
            unigram = Unigram.BrierLm,
            unigramInterval = Unigram.Interval,
            bigram = Bigram.BrierLm,
            bigramInterval = Bigram.Interval,
        };
        json["curve"] = Scored.Curve.Parts().Select(
            part => new { part.First, part.Last, windows = part.Rows, part.Brier, part.BrierLm });
        json["protocol"] = Scored.Protocol;
    }

    /// <summary>
    /// Warns on standard error if the interval is missing or rests on few documents, and of runs whose contexts have another
    /// length.
    /// </summary>
    public void Remark(Terminal terminal)
    {
        BrierOptions.RemarkFew(terminal, Score, "hold out more text, or raise --patches");
        foreach (RivalRun rival in Rivals.Where(rival => rival.Context != Scored.Context))
        {
            terminal.Error.WriteLine(
                $"{rival.Run}: was trained on contexts of {rival.Context} tokens and is scored on {Path}'s of "
                + $"{Scored.Context}; the comparison is not on equal terms.");
        }
    }

    /// <summary>Writes a table of the run and the baselines.</summary>
    public void WriteTable(TextWriter writer, string name)
    {
        string pieces = Scored.Windows.PiecePatches is { } patches
            ? $", for intervals in {Readable.Count(Score.Units, "piece")} of at most {Readable.Count(patches)} patches"
            : "";
        writer.WriteLine(
            $"{Readable.Count(Score.Rows, "window")} of {Readable.Count(Score.Documents, "held-out document")}{pieces}; "
            + "values times 100");
        PairedReport.WriteScores(
            writer, [(name, Score), .. Bigram is null || Unigram is null ? [] : (ReadOnlySpan<(string, BrierTotals.Result)>)
                [("bigram", Bigram), ("unigram", Unigram)]]);
    }

    /// <summary>Writes the scores by place in the context, and all that they depend on.</summary>
    public void WriteProtocol(TextWriter writer)
    {
        writer.WriteLine();
        writer.WriteLine($"{"place",-12}{"Brier-1",9}{"-2",9}{"-3",9}{"-4",9}{"BrierLM",10}  windows");
        foreach (BrierCurve.Part part in Scored.Curve.Parts())
        {
            string place = part.First == part.Last ? $"{part.First}" : $"{part.First} to {part.Last}";
            writer.WriteLine(
                $"{place,-12}{string.Concat(part.Brier.Select(score => Readable.Score(score).PadLeft(9)))}"
                + $"{Readable.Score(part.BrierLm),10}  {part.Rows:N0}");
        }

        writer.WriteLine();
        foreach (string line in Scored.Protocol.Lines())
        {
            writer.WriteLine(line);
        }
    }

    /// <summary>Writes the paired tests against the other runs, if there are any.</summary>
    public void WriteTests(TextWriter writer)
    {
        if (Rivals.Length > 0)
        {
            PairedReport.Write(
                writer, [(Path, Score), .. Rivals.Select(rival => (rival.Run, rival.Score))],
                [.. Rivals.Select(rival => rival.Pair)]);
        }
    }
}
