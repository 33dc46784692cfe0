namespace Calm.Cli;

/// <summary>
/// Shares the time of a demo among its parts: the autoencoder, the language model, and the measurements and samples at the
/// end. It follows from the costs that were measured on this machine, and from the clock.
/// </summary>
/// <param name="Budget">Seconds in all.</param>
/// <param name="Costs">The measured costs.</param>
internal sealed record DemoPlan(double Budget, DemoCosts Costs)
{
    /// <summary>Steps without which an autoencoder brings too few tokens back: docs/recipe.md.</summary>
    public const int UsefulAutoencoderSteps = 500;

    /// <summary>Steps without which a language model has learnt next to nothing.</summary>
    public const int UsefulCalmSteps = 200;

    /// <summary>Chunks of a sample.</summary>
    public const int MostChunks = 60;

    /// <summary>Chunks of the shortest sample.</summary>
    public const int FewestChunks = 4;

    // The autoencoder is good enough after these, so that more would be taken from the language model.
    private const int MostAutoencoderSteps = 900;
    private const int FewestSteps = 20;
    private const double AutoencoderShare = 0.12;
    private const double MostAutoencoderShare = 0.35;

    private const double EvaluationShare = 0.04;
    private const double SamplesShare = 0.05;
    private const double PageShare = 0.01;
    private const int FewestPatches = 512;
    private const int MostPatches = 24_576;
    private const double MostForSamples = 1.05;
    private const double MostOverrun = 1.1;

    /// <summary>Samples that are chosen from many candidates; the one of a single draw costs next to nothing.</summary>
    public int Samples { get; init; } = 3;

    /// <summary>Seconds for measurements, samples and the page, at the speed at which the costs were measured.</summary>
    public double Reserve =>
        PatchesIn(EvaluationShare * Budget) * Costs.Patch
        + Math.Min(SamplesShare * Budget, Samples * MostChunks * Costs.Chunk) + PageShare * Budget;

    /// <summary>The clock of the autoencoder's training.</summary>
    /// <param name="now">Seconds since the demo began.</param>
    public StageClock Autoencoder(double now)
    {
        double left = Budget - Reserve - now;
        double useful = UsefulAutoencoderSteps * Costs.AutoencoderStep + 2 * Costs.AutoencoderEvaluation;
        double share = Math.Max(AutoencoderShare * Budget, Math.Min(useful, MostAutoencoderShare * left));
        return new StageClock(now, now + share, 0, Costs.AutoencoderStep, Costs.AutoencoderEvaluation, MostAutoencoderSteps);
    }

    /// <summary>The clock of the language model's training, which takes what is left.</summary>
    /// <param name="now">Seconds since the demo began.</param>
    /// <param name="slowdown">Seconds that the machine needs now for what took one when the costs were measured.</param>
    public StageClock Calm(double now, double slowdown) => new(
        now, Budget, slowdown * Reserve, slowdown * Costs.CalmStep, slowdown * Costs.CalmEvaluation, int.MaxValue);

    /// <summary>Held-out patches for the last measurement.</summary>
    public int FinalPatches(double now, double slowdown)
    {
        double share = EvaluationShare / (EvaluationShare + SamplesShare + PageShare);
        return PatchesIn(share * (Budget - now) / slowdown);
    }

    /// <summary>Chunks of the next sample; 0 if there is no time for it.</summary>
    /// <param name="now">Seconds since the demo began.</param>
    /// <param name="samples">Samples that are still to write.</param>
    /// <param name="chunk">Seconds that a chunk takes now.</param>
    public int Chunks(double now, int samples, double chunk) =>
        now + FewestChunks * chunk > MostForSamples * Budget
            ? 0
            : (int)Math.Clamp(((1 - PageShare) * Budget - now) / samples / chunk, FewestChunks, MostChunks);

    /// <summary>The time that the demo would take at least, if that is more than its time; else null.</summary>
    /// <param name="now">Seconds since the demo began.</param>
    public double? DoesNotFit(double now)
    {
        double least = now + FewestSteps * (Costs.AutoencoderStep + Costs.CalmStep) + Costs.AutoencoderEvaluation
            + Costs.CalmEvaluation + FewestPatches * Costs.Patch;
        return least > MostOverrun * Budget ? least : null;
    }

    /// <summary>The time in which both models make their useful steps, if that is more than there is; else null.</summary>
    /// <param name="now">Seconds since the demo began.</param>
    public double? TooShort(double now)
    {
        double autoencoder = UsefulAutoencoderSteps * Costs.AutoencoderStep + 2 * Costs.AutoencoderEvaluation;
        double calm = UsefulCalmSteps * Costs.CalmStep + 2 * Costs.CalmEvaluation;
        double training = Math.Max(autoencoder / MostAutoencoderShare, autoencoder + calm);
        double needed = (now + training) / (1 - EvaluationShare - SamplesShare - PageShare);
        return needed > Budget && now + training + Reserve > Budget ? needed : null;
    }

    private int PatchesIn(double seconds) => (int)Math.Clamp(seconds / Costs.Patch, FewestPatches, MostPatches);
}
