using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm evaluate RUN</c>: accuracy of the autoencoder, BrierLM of the model, and of the counting baselines.</summary>
internal static class EvaluateCommand
{
    /// <summary>What makes intervals of more units.</summary>
    internal const string MoreText = "hold out more text, or raise --patches";

    private const int Draws = 8;

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "evaluate",
            "Measure a run on its held-out text: what its autoencoder gets right, BrierLM beside counting baselines, of a "
            + "series its forecasts, of calm train ar its cross-entropy. "
            + "Example: calm evaluate runs/calm --against runs/other");
        Argument<string> run = new("run") { Description = "Run folder of calm train, or of a demo" };
        Option<string> estimator = BrierOptions.Estimator(
            "clamped, or published: two draws, the last window of K < 4 left out, negative scores multiplied");
        Option<long> patches = new("--patches") { Description = "Held-out patches to look at; 0, the default, for all" };
        Option<int?> draws = new("--draws")
        {
            Description = $"Draws at each position. Default: {Draws}; two with K < 4 or --estimator published",
        };
        Option<string[]> against = new("--against")
        {
            Description = "Another run of calm train calm or ar on the same text, for a paired test; may be repeated",
        };
        command.Arguments.Add(run);
        command.Options.Add(patches);
        command.Options.Add(draws);
        command.Options.Add(estimator);
        command.Options.Add(against);
        SeriesMeasureOptions series = new(command);
        Option<string?> data = RunText.AddTo(command);
        DeviceOptions devices = new(command);
        command.SetAction(parsed =>
        {
            BrierEstimator kind = BrierOptions.Parse(parsed.GetValue(estimator)!);
            string[] rivals = parsed.GetValue(against) ?? [];
            int count = parsed.GetValue(draws) ?? Draws;
            AtLeast(2, count, draws);
            AtLeast(0, parsed.GetValue(patches), patches);
            string path = parsed.GetValue(run)!;
            string? text = parsed.GetValue(data);
            RunFolder folder = RunFolder.OpenModel(path);
            RunFolder.Description description = folder.ReadDescription();
            string what = $"{path} is a run of {description.Stage.Name()}";
            bool forecasts = description.Stage == Stage.Calm && SeriesMeasureOptions.Apply(text ?? description.Corpus);
            parsed.Refuse(
                $"{path} is no run of calm train calm on a series, so nothing is forecast; leave it out",
                forecasts ? [] : series.Options);
            using Device device = devices.Open(parsed, terminal);
            switch (description.Stage)
            {
                case Stage.Ar:
                    parsed.Refuse(
                        $"{what}, which is scored by its probabilities; leave it out",
                        rivals.All(TrainedArModel.Is) ? [draws] : []);
                    return new ArEvaluation(terminal, device, kind, parsed.GetValue(patches), count).Run(path, text, rivals);

                case Stage.Autoencoder:
                    parsed.Refuse($"{what}, which has no BrierLM; leave it out", draws, estimator, against);
                    return RunAutoencoder(terminal, folder, text, device, parsed.GetValue(patches));
                default:
                    int k = description.Config.Calm.PatchSize;
                    parsed.Refuse(
                        $"{what} with patches of {k} tokens, and --estimator is {parsed.GetValue(estimator)}: two draws are "
                        + "made at each position; leave it out",
                        kind == BrierEstimator.Published || k < BrierScore.MostTokens ? [draws] : []);
                    return new CalmEvaluation(terminal, device, kind, parsed.GetValue(patches), count).Run(
                        path, text, rivals, trained => series.Measure(parsed, trained, device));
            }
        });
        return command;
    }

    private static void AtLeast(long least, long value, Option option)
    {
        if (value < least)
        {
            throw new UsageException($"{option.Name} {value}: must be at least {least}.");
        }
    }

    private static int RunAutoencoder(Terminal terminal, RunFolder folder, string? text, Device device, long patches)
    {
        Autoencoder model = PublishedCheckpoint.LoadAutoencoder(folder.LatestModel, device);
        using Corpus corpus = folder.OpenText(text);
        AutoencoderAccuracy accuracy = new AutoencoderEvaluator(model, device).Measure(
            new HeldOutWindows(corpus.HeldOut, 64, patches));
        terminal.Result(
            new
            {
                accuracy = accuracy.Mean,
                accuracySampled = accuracy.Sampled,
                accuracyPerturbed = accuracy.Perturbed,
                perturbation = accuracy.Sigma,
                accuracy.Loss,
                accuracy.ActiveDimensions,
                accuracy.Tokens,
            },
            writer => Write(writer, accuracy));
        return 0;
    }

    /// <summary>The counting baselines as JSON has them.</summary>
    internal static object Json(BrierTotals.Result unigram, BrierTotals.Result bigram) => new
    {
        unigram = unigram.BrierLm,
        unigramInterval = unigram.Interval,
        bigram = bigram.BrierLm,
        bigramInterval = bigram.Interval,
    };

    /// <summary>How the intervals cut documents, as JSON has it; null where they draw whole ones.</summary>
    internal static object? Pieces(HeldOutWindows windows, BrierTotals.Result score) =>
        windows.PiecePatches is { } patches ? new { count = score.Units, patches } : null;

    /// <summary>A line for each model.</summary>
    internal static void WriteTable(
        TextWriter writer, HeldOutWindows windows, BrierTotals.Result score,
        params ReadOnlySpan<(string Name, BrierTotals.Result Score)> rows)
    {
        string pieces = windows.PiecePatches is { } patches
            ? $", for intervals in {Readable.Count(score.Units, "piece")} of at most {Readable.Count(patches)} patches"
            : "";
        writer.WriteLine(
            $"{Readable.Count(score.Rows, "window")} of {Readable.Count(score.Documents, "held-out document")}{pieces}; "
            + "values times 100");
        writer.WriteLine($"{"",-10}{"Brier-1",9}{"-2",9}{"-3",9}{"-4",9}{"BrierLM",10}  95 % interval");
        foreach ((string name, BrierTotals.Result row) in rows)
        {
            Write(writer, name, row);
        }
    }

    internal static void Write(TextWriter writer, AutoencoderAccuracy a) =>
        writer.WriteLine(
            $"autoencoder accuracy {100 * a.Mean:F3} % (mean latent), {100 * a.Sampled:F3} % (drawn), "
            + $"{100 * a.Perturbed:F3} % (mean plus noise of {a.Sigma}); {a.ActiveDimensions} active latent dimensions");

    private static void Write(TextWriter writer, string name, BrierTotals.Result r) =>
        writer.WriteLine(
            $"{name,-10}{100 * r.Brier[0],9:F2}{100 * r.Brier[1],9:F2}{100 * r.Brier[2],9:F2}{100 * r.Brier[3],9:F2}"
            + $"{100 * r.BrierLm,10:F2}  {Readable.ScoreInterval(r.Low, r.High)}");
}
