using System.Text.Json.Serialization;

namespace Calm.Cli;

/// <summary>The result of a demo: the object that <c>calm demo --json</c> prints.</summary>
internal sealed record DemoResult
{
    /// <summary>Description of the device.</summary>
    public required string Device { get; init; }

    /// <summary>Total time in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Tokens.</summary>
    public required TokenizerResult Tokenizer { get; init; }

    /// <summary>Accuracy of the autoencoder on held-out documents, from the mean latent and without dropout.</summary>
    public required AutoencoderResult Autoencoder { get; init; }

    /// <summary>Scores of the language model.</summary>
    public required CalmResult Calm { get; init; }

    /// <summary>Scores of the counting baselines.</summary>
    public required BaselineResult Baselines { get; init; }

    /// <summary>Generated texts.</summary>
    public required IReadOnlyList<Sample> Samples { get; init; }

    /// <summary>The reason why nothing was written; null if something was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Untrained { get; init; }

    /// <summary>The command that writes more text.</summary>
    [JsonIgnore]
    public string MoreText { get; init; } = "";

    /// <summary>The folder that <c>calm generate</c> and <c>calm evaluate</c> take.</summary>
    public required string Run { get; init; }

    /// <summary>Path of the report.</summary>
    public required string Report { get; init; }

    internal sealed record TokenizerResult(string Kind, int Vocabulary);

    internal sealed record AutoencoderResult(double Accuracy, double Sampled, double Perturbed, int Steps, double Seconds);

    internal sealed record CalmResult(double BrierLm, double[] Brier, double[]? Interval, int Steps, double Seconds);

    internal sealed record BaselineResult(
        double Unigram, double[]? UnigramInterval, double Bigram, double[]? BigramInterval);

    internal sealed record Sample(
        string Prompt, string Temperature, int Candidates, ulong Seed, string Text, double SecondsPerChunk);

    /// <summary>The result for people.</summary>
    public void Write(TextWriter writer)
    {
        writer.WriteLine();
        writer.WriteLine(
            $"autoencoder  {100 * Autoencoder.Accuracy:F2} % of held-out tokens come back "
            + $"({Readable.Count(Autoencoder.Steps, "step")}, {Readable.Duration(Autoencoder.Seconds)})");
        writer.WriteLine(
            $"model        BrierLM {100 * Calm.BrierLm:F1} ({Ends(Calm.Interval)}) "
            + $"after {Readable.Count(Calm.Steps, "step")} in {Readable.Duration(Calm.Seconds)}");
        writer.WriteLine(
            $"counting     bigrams {100 * Baselines.Bigram:F1} ({Ends(Baselines.BigramInterval)}), "
            + $"unigrams {100 * Baselines.Unigram:F1}");
        foreach (Sample sample in Samples)
        {
            writer.WriteLine();
            string pool = sample.Candidates == 1 ? "one draw" : $"{sample.Candidates} candidates";
            writer.WriteLine($"--- temperature {sample.Temperature}, {pool}, seed {sample.Seed}");
            writer.WriteLine(sample.Text);
        }

        if (Untrained is not null)
        {
            writer.WriteLine($"samples      none: {Untrained}");
        }

        writer.WriteLine();
        writer.WriteLine($"{Readable.Duration(Seconds)} in all. Report: {Report}");
        if (Untrained is null)
        {
            writer.WriteLine($"More text: {MoreText}");
        }
    }

    private static string Ends(double[]? interval) =>
        interval is [double low, double high] ? $"{100 * low:F1} to {100 * high:F1}" : "no interval: too little is held out";
}
