namespace Calm.Cli;

/// <summary>The measurements of a study so far, for its conclusions.</summary>
internal sealed class StudyRecord
{
    private readonly StudyPlan _plan;
    private readonly StudyResults _results;

    /// <summary>A record of plan and results.</summary>
    public StudyRecord(StudyDesign design, StudyPlan plan, StudyResults results)
    {
        Design = design;
        _plan = plan;
        _results = results;
        Rounds = design.Arms.Min(arm => plan.Find(arm.Name)?.Checkpoints.Length ?? 0);
        CompleteRounds = Enumerable.Range(0, Rounds)
            .TakeWhile(round => design.Arms.All(arm => results.Find(arm.Name, round) is not null)).Count();
    }

    /// <summary>The design of the study.</summary>
    public StudyDesign Design { get; }

    /// <summary>Rounds of the plan: in each, every arm is trained to its next checkpoint and measured.</summary>
    public int Rounds { get; }

    /// <summary>Number of rounds that every arm has completed. Only these are compared.</summary>
    public int CompleteRounds { get; }

    /// <summary>The first round that did not fit the budget; null if all did.</summary>
    public RoundForecast? LeftOut { get; init; }

    /// <summary>Everything that was measured.</summary>
    public IReadOnlyList<Measurement> All => _results.All;

    /// <summary>Seconds that it has taken, in all its runs, until the last of that was measured.</summary>
    public double Seconds => _results.Elapsed;

    /// <summary>Time of the last measurement.</summary>
    public DateTime Ended => _results.Written;

    /// <summary>An arm's plan.</summary>
    public ArmPlan Plan(StudyArm arm) => _plan.Find(arm.Name)!;

    /// <summary>The measurements of an arm in the complete rounds.</summary>
    public IReadOnlyList<Measurement> Curve(StudyArm arm) =>
        [.. Enumerable.Range(0, CompleteRounds).Select(round => _results.Find(arm.Name, round)!)];

    /// <summary>The measurement of an arm in the last complete round.</summary>
    public Measurement Last(StudyArm arm) => _results.Find(arm.Name, CompleteRounds - 1)!;

    /// <summary>The measurement of an autoencoder.</summary>
    public Measurement Autoencoder(StudyArm arm) => _results.Find(arm.Name, 0)!;

    /// <summary>The variants of an arm in a round, in the order in which they were measured.</summary>
    public IReadOnlyList<Measurement> Variants(StudyArm arm, int round) =>
        [.. _results.All.Where(one => one.Arm == arm.Name && one.Round == round && one.Variant.Length > 0)];
}
