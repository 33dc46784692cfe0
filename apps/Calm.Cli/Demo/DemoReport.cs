using System.Text.Json.Nodes;

namespace Calm.Cli;

/// <summary>
/// The data of a page about a trained model. The same data gives the same page. Scores
/// and accuracies are raw, 0 to 1. A part that is empty is left out of the page.
/// </summary>
internal sealed record DemoReport
{
    /// <summary>Title of the page.</summary>
    public required string Title { get; init; }

    /// <summary>Date of the training.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>Description of the device.</summary>
    public required string Device { get; init; }

    /// <summary>Total time in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// Facts about the training: corpus, tokenizer, sizes, steps, learning rates, seeds, command line, versions.
    /// </summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>Accuracy of the autoencoder on held-out tokens.</summary>
    public AutoencoderAccuracy? Autoencoder { get; init; }

    /// <summary>Scores on held-out text: the model first, then the baselines.</summary>
    public IReadOnlyList<BrierRow> Brier { get; init; } = [];

    /// <summary>Learning curves.</summary>
    public LearningCurves Curves { get; init; } = new();

    /// <summary>The reason why there are no generated texts; null if there are.</summary>
    public string? Untrained { get; init; }

    /// <summary>Generated texts.</summary>
    public IReadOnlyList<ReportSample> Samples { get; init; } = [];
}

/// <summary>A fact about the training.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Value">Its value as shown.</param>
/// <param name="Literal">Whether the value is something to type, such as a command line.</param>
internal sealed record ReportFact(string Label, string Value, bool Literal = false);

/// <summary>A score beside its name.</summary>
/// <param name="Name">The model's, or the baseline's.</param>
/// <param name="Score">Brier-1 to Brier-4, and BrierLM with its interval.</param>
internal sealed record BrierRow(string Name, BrierTotals.Result Score);

/// <summary>Measurements during the training of both models, in order of steps.</summary>
internal sealed record LearningCurves
{
    /// <summary>The autoencoder's loss on training text.</summary>
    public IReadOnlyList<CurvePoint> AutoencoderLoss { get; init; } = [];

    /// <summary>The share of held-out tokens that came back right.</summary>
    public IReadOnlyList<CurvePoint> AutoencoderAccuracy { get; init; } = [];

    /// <summary>The terms of the language model's loss.</summary>
    public string CalmLossName { get; init; } = "energy score";

    /// <summary>The language model's loss on training text.</summary>
    public IReadOnlyList<CurvePoint> CalmLoss { get; init; } = [];

    /// <summary>BrierLM on held-out text, with its interval.</summary>
    public IReadOnlyList<CurvePoint> CalmBrierLm { get; init; } = [];
}

/// <summary>A value at a training step.</summary>
/// <param name="Step">The step.</param>
/// <param name="Value">The value with its interval; NaN if there is none.</param>
internal readonly record struct CurvePoint(double Step, Estimate Value)
{
    /// <summary>
    /// The values that lines of a <see cref="TrainingLog"/> have under a key; lines without it are passed over.
    /// </summary>
    /// <param name="lines">Lines of the log.</param>
    /// <param name="value">Key of the value.</param>
    /// <param name="low">Key of the lower end of its interval.</param>
    /// <param name="high">Key of the upper end.</param>
    public static IReadOnlyList<CurvePoint> FromLog(
        IEnumerable<JsonObject> lines, string value, string low = "", string high = "") =>
        [.. from line in lines
            where line.ContainsKey("step") && line.ContainsKey(value)
            select new CurvePoint(
                Number(line, "step"), new Estimate(Number(line, value), Number(line, low), Number(line, high)))];

    /// <summary>The same point with value and interval multiplied.</summary>
    public CurvePoint Times(double factor) => this with { Value = Value.Times(factor) };

    private static double Number(JsonObject line, string key) => (double?)line[key] ?? double.NaN;
}

/// <summary>A generated text and its settings.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Temperature">The temperature as shown, such as 1/2.</param>
/// <param name="Candidates">Draws from which each chunk was chosen.</param>
/// <param name="Seed">Seed of the draws.</param>
/// <param name="Text">The text after the prompt.</param>
/// <param name="SecondsPerChunk">Time for each chunk.</param>
internal sealed record ReportSample(
    string Prompt, string Temperature, int Candidates, ulong Seed, string Text, double SecondsPerChunk);
