namespace Calm.Training;

/// <summary>The state of a training run, reported after each step and with each remark.</summary>
/// <param name="Stage">The model that is trained.</param>
/// <param name="Step">The step, from 1.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">The loss of the step; not a number in a remark.</param>
public sealed record TrainingProgress(Stage Stage, int Step, int Steps, double Loss)
{
    /// <summary>An evaluation's result or an incident such as a skipped step; null in the report of a step.</summary>
    public string? Remark { get; init; }

    /// <summary>Tokens learnt from per second.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>The estimated time to the last step.</summary>
    public TimeSpan TimeLeft { get; init; }

    /// <summary>The last evaluation; null before the first.</summary>
    public StageMeasure? Measure { get; init; }

    /// <summary>The cost up to this step; null in a remark.</summary>
    public CostReading? Cost { get; init; }
}
