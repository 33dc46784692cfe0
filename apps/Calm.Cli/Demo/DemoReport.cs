using System.Text.Json.Nodes;

namespace Calm.Cli;

/// <summary>
/// The data of a page about a trained model. Equal data makes equal pages. Scores and accuracies are from 0 to 1. Empty
/// parts are left out of the page.
/// </summary>
internal sealed record DemoReport
{
    /// <summary>The title of the page.</summary>
    public required string Title { get; init; }

    /// <summary>When the model was made.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>A description of the training text.</summary>
    public required string Device { get; init; }

    /// <summary>From the first command to the last sample.</summary>
    public required double Seconds { get; init; }

    /// <summary>Facts of the training: corpus, tokenizer, sizes, steps, learning rates, seeds, command line, versions.</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>The autoencoder's accuracy on held-out tokens.</summary>
    public AutoencoderAccuracy? Autoencoder { get; init; }

    /// <summary>The model's score on held-out text first, then those of what it is compared with.</summary>
    public IReadOnlyList<BrierRow> Brier { get; init; } = [];

    /// <summary>The learning curves.</summary>
    public LearningCurves Curves { get; init; } = new();

    /// <summary>Texts that the model wrote.</summary>
    public IReadOnlyList<ReportSample> Samples { get; init; } = [];
}

/// <summary>A line of how it was made.</summary>
/// <param name="Label">The name of the fact.</param>
/// <param name="Value">Its value, as it is to be shown.</param>
/// <param name="Literal">Whether the value is something to type, such as a command line.</param>
internal sealed record ReportFact(string Label, string Value, bool Literal = false);

/// <summary>A score beside its name.</summary>
/// <param name="Name">The model's, or the baseline's.</param>
/// <param name="Score">Brier-1 to Brier-4, and BrierLM with its interval.</param>
internal sealed record BrierRow(string Name, BrierTotals.Result Score);

/// <summary>The measurements during training, in order of steps.</summary>
internal sealed record LearningCurves
{
    /// <summary>The autoencoder's loss on training text.</summary>
    public IReadOnlyList<CurvePoint> AutoencoderLoss { get; init; } = [];

    /// <summary>The share of held-out tokens that came back right.</summary>
    public IReadOnlyList<CurvePoint> AutoencoderAccuracy { get; init; } = [];

    /// <summary>The language model's loss, the energy score, on training text.</summary>
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

/// <summary>Text that the model wrote, and how.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Temperature">The temperature as it is to be shown, such as 1/2.</param>
/// <param name="Candidates">Draws from which each chunk was chosen.</param>
/// <param name="Seed">Seed of the draws.</param>
/// <param name="Text">The text after the prompt.</param>
/// <param name="SecondsPerChunk">Time for each chunk.</param>
internal sealed record ReportSample(
    string Prompt, string Temperature, int Candidates, ulong Seed, string Text, double SecondsPerChunk);
