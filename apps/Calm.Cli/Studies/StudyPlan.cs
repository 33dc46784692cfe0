using System.Text.Json;

namespace Calm.Cli;

/// <summary>Measured cost of an arm's step, from which the plan is made.</summary>
/// <param name="SecondsPerStep">Seconds of a training step.</param>
/// <param name="SecondsPerEvaluation">Seconds of an evaluation.</param>
/// <param name="FlopsPerStep">FLOPs of a step, by formula.</param>
/// <param name="TokensPerStep">Tokens of a step.</param>
internal sealed record ArmCost(double SecondsPerStep, double SecondsPerEvaluation, double FlopsPerStep, long TokensPerStep);

/// <summary>The plan of one arm.</summary>
/// <param name="Arm">Its name.</param>
/// <param name="Checkpoints">Steps after which it is measured; the last is its last step.</param>
/// <param name="Cost">The costs that the plan is based on.</param>
internal sealed record ArmPlan(string Arm, int[] Checkpoints, ArmCost Cost)
{
    /// <summary>Steps in all.</summary>
    public int Steps => Checkpoints[^1];
}

/// <summary>
/// The steps and checkpoints of each arm. The plan is fixed before the measured training begins, stored in
/// <c>plan.json</c>, and followed by every run in the same folder.
/// </summary>
internal sealed class StudyPlan
{
    /// <summary>Minimum number of an arm's steps.</summary>
    public const int FewestSteps = 20;

    private static readonly JsonFile Json = new("the plan of a study", "run the study again", SettingsJson.Options);

    private readonly string _path;
    private readonly List<ArmPlan> _arms;

    /// <summary>The plan of a study's folder, as far as there is one.</summary>
    public StudyPlan(string path)
    {
        _path = path;
        _arms = File.Exists(path) ? Json.Read<List<ArmPlan>>(path, Problem) : [];
    }

    private static string? Problem(List<ArmPlan> arms) =>
        arms.All(arm => arm is { Checkpoints.Length: > 0 }) ? null : "an arm has no checkpoints";

    /// <summary>The plan of an arm; null before it is made.</summary>
    public ArmPlan? Find(string arm) => _arms.Find(plan => plan.Arm == arm);

    /// <summary>Adds arms and writes the file.</summary>
    public void Add(IEnumerable<ArmPlan> arms)
    {
        _arms.AddRange(arms);
        SafeFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(_arms, SettingsJson.Options));
    }

    /// <summary>
    /// Steps of an autoencoder within a time, but no more than it needs to recover all tokens
    /// (docs/recipe.md).
    /// </summary>
    /// <param name="seconds">Its time.</param>
    /// <param name="cost">Cost of a step.</param>
    public static int AutoencoderSteps(double seconds, ArmCost cost)
    {
        const int mostSteps = 900;
        return Math.Clamp((int)((seconds - cost.SecondsPerEvaluation) / cost.SecondsPerStep), FewestSteps, mostSteps);
    }

    /// <summary>
    /// Steps of each arm, so that all have an equal budget and together take the time that is left after
    /// the evaluations.
    /// </summary>
    /// <param name="costs">Costs of each arm.</param>
    /// <param name="equal">The budget that is equal for all arms.</param>
    /// <param name="seconds">Time for training and evaluations.</param>
    /// <param name="rounds">Evaluations of each arm.</param>
    public static int[] Steps(IReadOnlyList<ArmCost> costs, EqualBudget equal, double seconds, int rounds)
    {
        double training = Math.Max(0, seconds - rounds * costs.Sum(cost => cost.SecondsPerEvaluation));
        double amount = training / costs.Sum(cost => cost.SecondsPerStep / PerStep(cost));
        return [.. costs.Select(cost => Math.Max(FewestSteps, (int)Math.Min(int.MaxValue, amount / PerStep(cost))))];

        double PerStep(ArmCost cost) => equal switch
        {
            EqualBudget.Time => cost.SecondsPerStep,
            EqualBudget.Flops => cost.FlopsPerStep,
            _ => 1,
        };
    }
}
