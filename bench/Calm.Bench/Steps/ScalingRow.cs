using Calm.Training;

namespace Calm.Bench;

/// <summary>A row of the table of <see cref="ScalingCommand"/>.</summary>
/// <param name="name">The change to the preset.</param>
/// <param name="shape">The sizes.</param>
internal sealed class ScalingRow(string name, StepShape shape)
{
    /// <summary>Heading of the table.</summary>
    public const string Heading =
        """
        | step | tokens | ms, best / median | tokens/s | predicted | measured / predicted | GFLOP/s | tape, MB | process, MB |
        |---|---|---|---|---|---|---|---|---|
        """;

    private readonly List<StepFigures> _turns = [];

    /// <summary>The change to the preset.</summary>
    public string Name => name;

    /// <summary>The sizes.</summary>
    public StepShape Shape => shape;

    /// <summary>The steps of all turns so far.</summary>
    public Timing Time => Timing.Of(_turns.SelectMany(turn => turn.Seconds));

    private double TokensPerSecond => _turns[0].Tokens / Time.Best;

    /// <summary>Adds what a process measured.</summary>
    public void Add(StepFigures turn) => _turns.Add(turn);

    /// <summary>The row in Markdown.</summary>
    /// <param name="preset">The row that predictions start from.</param>
    public string Line(ScalingRow preset)
    {
        double predicted = preset.TokensPerSecond * preset.Shape.FlopsPerToken / shape.FlopsPerToken
            * shape.Threads / preset.Shape.Threads;
        string[] cells =
        [
            name, $"{_turns[0].Tokens}", $"{Whole(1e3 * Time.Best)} / {Whole(1e3 * Time.Median)}", Whole(TokensPerSecond),
            Whole(predicted), Readable.Fixed(TokensPerSecond / predicted, 2),
            Whole(TokensPerSecond * shape.FlopsPerToken / 1e9), Whole(_turns.Max(turn => turn.TapeMb)),
            Whole(_turns.Max(turn => turn.ProcessMb)),
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Whole(double value) => Readable.Fixed(value, 0);
}
