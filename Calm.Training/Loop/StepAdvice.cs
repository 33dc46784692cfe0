namespace Calm.Training;

/// <summary>
/// Advice on the number of steps for a series, which is often far shorter than a text: so many that the training part is read
/// a number of times. With more, a language model learns it by heart; with fewer, it is not learnt.
/// </summary>
/// <param name="Steps">The steps to take.</param>
/// <param name="Passes">The number of times that so many steps read the training part.</param>
/// <param name="ConfiguredPasses">The number of times that the configured steps read it.</param>
internal sealed record StepAdvice(int Steps, double Passes, double ConfiguredPasses)
{
    // docs/streams.md: what was tried.
    private const int PassesOfAutoencoder = 5;
    private const int PassesOfModel = 20;
    private const int FewestSteps = 200;

    /// <summary>A configuration nearer than this factor needs no advice.</summary>
    private const double Near = 1.5;

    /// <summary>The advice for a stage; null if its configuration is near enough.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="training">Its configuration.</param>
    /// <param name="tokens">Tokens of the training part.</param>
    /// <param name="patchSize">K.</param>
    public static StepAdvice? For(Stage stage, TrainingConfig training, long tokens, int patchSize)
    {
        double tokensOfStep = (double)training.BatchSize * stage switch
        {
            Stage.Autoencoder => patchSize,
            Stage.Calm => training.ContextPatches * patchSize,
            _ => training.ContextTokens,
        };
        int passes = stage == Stage.Autoencoder ? PassesOfAutoencoder : PassesOfModel;
        double steps = Math.Clamp(Math.Round(passes * tokens / tokensOfStep), FewestSteps, int.MaxValue);
        return training.Steps <= Near * steps && training.Steps >= steps / Near
            ? null
            : new StepAdvice(Round(steps), PassesOf(steps), PassesOf(training.Steps));

        double PassesOf(double count) => count * tokensOfStep / tokens;
    }

    /// <summary>Two digits are enough for advice.</summary>
    private static int Round(double steps)
    {
        double unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(steps)) - 1));
        return (int)Math.Min(Math.Round(steps / unit) * unit, int.MaxValue);
    }
}
