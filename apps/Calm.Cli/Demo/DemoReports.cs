using System.Globalization;
using System.Text.Json.Nodes;

namespace Calm.Cli;

/// <summary>Makes a demo's report from its measurements and logs.</summary>
internal static class DemoReports
{
    /// <summary>Makes the report.</summary>
    /// <param name="m">The measurements.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="request">The demo that was asked for.</param>
    /// <param name="device">Description of the device.</param>
    /// <param name="seconds">Total time in seconds.</param>
    /// <param name="autoencoderRun">Folder with the autoencoder's log.</param>
    /// <param name="calmRun">Folder with the language model's log.</param>
    public static DemoReport Make(
        DemoMeasures m, RunConfig config, Corpus corpus, DemoRequest request, string device, double seconds,
        string autoencoderRun, string calmRun)
    {
        IReadOnlyList<JsonObject> autoencoderLog = Log(autoencoderRun);
        IReadOnlyList<JsonObject> calmLog = Log(calmRun);
        return new DemoReport
        {
            Title = "Calm: a language model trained on this machine",
            Date = DateTimeOffset.Now,
            Device = device,
            Seconds = seconds,
            Facts = Facts(m, config, corpus, request, calmRun),
            Autoencoder = m.Accuracy,
            Brier = [new("CALM", m.Score), new("bigram counts", m.Bigram), new("unigram counts", m.Unigram)],
            Curves = new LearningCurves
            {
                CalmLossName = Loss(config.Calm),
                AutoencoderLoss = CurvePoint.FromLog(autoencoderLog, "loss"),
                AutoencoderAccuracy = CurvePoint.FromLog(autoencoderLog, "accuracy"),
                CalmLoss = CurvePoint.FromLog(calmLog, "loss"),
                CalmBrierLm = CurvePoint.FromLog(calmLog, "brierLm", "brierLow", "brierHigh"),
            },
            Untrained = m.Untrained,
            Samples =
            [
                .. m.Samples.Select(s => new ReportSample(
                    s.Prompt, s.Temperature, s.Candidates, s.Seed, s.Text[s.Prompt.Length..], s.SecondsPerChunk)),
            ],
        };
    }

    private static IReadOnlyList<JsonObject> Log(string run) =>
        TrainingLog.Read(Path.Combine(run, TrainingLog.FileName));

    private static List<ReportFact> Facts(
        DemoMeasures m, RunConfig config, Corpus corpus, DemoRequest request, string calmRun)
    {
        AutoencoderConfig a = config.Autoencoder;
        CalmConfig c = config.Calm;
        return
        [
            new("Text", request.TextName),
            new("Learnt from", Invariant($"{corpus.Train.Tokens:N0} tokens in {corpus.Train.Documents:N0} documents")),
            new("Held out", Invariant($"{corpus.HeldOut.Tokens:N0} tokens in {corpus.HeldOut.Documents:N0} documents")),
            new("Tokenizer", Invariant($"{corpus.Tokenizer.Name}, {corpus.Tokenizer.VocabularySize} ids")),
            new("Patch", Invariant($"{a.PatchSize} tokens to one vector of {a.LatentSize} numbers")),
            new("Autoencoder", Invariant($"{m.AutoencoderParameters:N0} parameters, width {a.HiddenSize}")),
            new("Language model", Invariant(
                $"{m.CalmParameters:N0} parameters, width {c.HiddenSize}, ")
                + Invariant($"{c.NumHiddenLayers} layers, {c.NumMlpLayers} head blocks")),
            new("Autoencoder training", Describe(config.AutoencoderTraining, "patches", m.Autoencoder)),
            new("Language model training", Describe(
                config.CalmTraining, $"sequences of {config.CalmTraining.ContextPatches} patches", m.Calm)),
            new("Cost of both trainings", $"{Describe(m.Autoencoder.Cost)}; {Describe(m.Calm.Cost)}"),
            new("Loss of the language model", Loss(c)),
            new("Seed", Invariant($"{config.CalmTraining.Seed}")),
            new("Version", ProgramVersion.Text),
            new("Command", request.Typed, Literal: true),
            new("More text", m.MoreText, Literal: true),
            new("Measure again", NextStep.Command("evaluate", calmRun), Literal: true),
        ];
    }

    private static string Loss(CalmConfig c) =>
        c.AuxiliaryWeight > 0
            ? Invariant($"energy score + {c.AuxiliaryWeight} × cross-entropy of guessing tokens from the hidden state")
            : "energy score";

    private static string Describe(TrainingConfig t, string unit, TrainingOutcome outcome) =>
        Invariant($"{outcome.Steps:N0} steps of {t.BatchSize} {unit} in {Readable.Duration(outcome.Seconds)}, ")
        + Invariant($"learning rate {t.LearningRate}");

    private static string Describe(CostReading cost)
    {
        string speed = $"{Readable.Amount(cost.Work.MultiplyAdds)}FLOP, {Readable.Amount(cost.FlopsPerSecond)}FLOP/s in steps";
        return cost.PercentOfPeak is { } percent ? speed + Invariant($", {percent:F0} % of the measured peak") : speed;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
