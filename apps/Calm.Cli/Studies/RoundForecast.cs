namespace Calm.Cli;

/// <summary>
/// Forecast of the time of a study's next round. It depends on plan and results alone, so that a resumed study decides
/// as an uninterrupted one.
/// </summary>
/// <param name="Round">The round, from 0.</param>
/// <param name="Rounds">Rounds of the plan.</param>
/// <param name="Elapsed">Seconds that the study has taken so far.</param>
/// <param name="Seconds">Seconds that the round would take.</param>
/// <param name="Budget">Seconds that the study may take.</param>
internal sealed record RoundForecast(int Round, int Rounds, double Elapsed, double Seconds, double Budget)
{
    // A machine that slows down ends a study between rounds.
    private const double MostOverrun = 1.1;

    /// <summary>Whether the study would end within its time, or at most a tenth later.</summary>
    public bool Fits => Elapsed + Seconds <= MostOverrun * Budget;

    /// <summary>Forecasts a round.</summary>
    /// <param name="arms">The plans of the arms that are compared.</param>
    /// <param name="results">The measurements of earlier rounds.</param>
    /// <param name="round">The round, at least 1.</param>
    /// <param name="budget">Time budget of the study.</param>
    public static RoundForecast Of(IReadOnlyList<ArmPlan> arms, StudyResults results, int round, TimeSpan budget) => new(
        round, arms[0].Checkpoints.Length, results.Elapsed, arms.Sum(arm => SecondsOf(arm, results, round)),
        budget.TotalSeconds);

    /// <summary>A sentence that says why the round was left out.</summary>
    public string Describe()
    {
        string which = Round + 1 == Rounds ? $"Round {Rounds} was" : $"Rounds {Round + 1} to {Rounds} were";
        return $"The budget ended the study after {Round} of {Rounds} rounds; these are compared. {which} left out: round "
            + $"{Round + 1} would have taken about {Readable.Duration(Seconds)} after the {Readable.Duration(Elapsed)} that "
            + $"had passed, and ended beyond the budget of {Readable.Duration(Budget)} by more than a tenth.";
    }

    /// <summary>Seconds of an arm's steps at the pace of its last round, with evaluation and loading.</summary>
    private static double SecondsOf(ArmPlan arm, StudyResults results, int round)
    {
        double perStep = Pace(arm, results, round - 1);
        double slowdown = arm.Cost.SecondsPerStep > 0 ? perStep / arm.Cost.SecondsPerStep : 1;
        double other = results.Find(arm.Arm, round - 1)?["secondsOther"] ?? double.NaN;
        return (arm.Checkpoints[round] - arm.Checkpoints[round - 1]) * perStep
            + (double.IsNaN(other) ? slowdown * arm.Cost.SecondsPerEvaluation : other);
    }

    /// <summary>Seconds of a step in the last round that had steps; as planned if there was none.</summary>
    private static double Pace(ArmPlan arm, StudyResults results, int last)
    {
        for (int round = last; round >= 0; round--)
        {
            Measurement? before = results.Find(arm.Arm, round - 1);
            if (results.Find(arm.Arm, round) is { } measured && measured.Step > (before?.Step ?? 0))
            {
                double pace = (measured["seconds"] - (before?["seconds"] ?? 0)) / (measured.Step - (before?.Step ?? 0));
                return double.IsFinite(pace) ? pace : arm.Cost.SecondsPerStep;
            }
        }

        return arm.Cost.SecondsPerStep;
    }
}
