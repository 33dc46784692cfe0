using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The streams of random numbers, one for each use. Within a stream a number is found by the step and its index, so that no
/// draw depends on how a batch was split or on what was drawn before.
/// </summary>
internal static class RandomStreams
{
    /// <summary>Initial weights of an autoencoder; the step is the parameter's place.</summary>
    public static RandomStream AutoencoderWeights(ulong seed) => new(seed, 0, 1);

    /// <summary>Initial weights of a language model; the step is the parameter's place.</summary>
    public static RandomStream CalmWeights(ulong seed) => new(seed, 0, 2);

    /// <summary>Order of the training data; the step is the epoch.</summary>
    public static RandomStream DataOrder(ulong seed, uint epoch) => new(seed, epoch, 3);

    /// <summary>Dropping of input tokens in an autoencoder's training.</summary>
    public static RandomStream TokenDropout(ulong seed, uint step) => new(seed, step, 4);

    /// <summary>Latents that an autoencoder's training draws.</summary>
    public static RandomStream LatentNoise(ulong seed, uint step) => new(seed, step, 5);

    /// <summary>Dropping of latent elements in an autoencoder's training.</summary>
    public static RandomStream LatentDropout(ulong seed, uint step) => new(seed, step, 6);

    /// <summary>Noise of the head in training.</summary>
    public static RandomStream HeadNoise(ulong seed, uint step) => new(seed, step, 7);

    /// <summary>Draws of the targets in training.</summary>
    public static RandomStream TargetNoise(ulong seed, uint step) => new(seed, step, 8);

    /// <summary>Noise of the head in generation; the step is the patch.</summary>
    public static RandomStream GenerationNoise(ulong seed, uint patch) => new(seed, patch, 9);

    /// <summary>Choices among candidates; the step is the patch.</summary>
    public static RandomStream GenerationChoice(ulong seed, uint patch) => new(seed, patch, 10);

    /// <summary>Noise of the head in evaluation; the step is the window.</summary>
    public static RandomStream EvaluationNoise(ulong seed, uint window) => new(seed, window, 11);

    /// <summary>Perturbations of latents in evaluation.</summary>
    public static RandomStream Perturbation(ulong seed, uint batch) => new(seed, batch, 12);

    /// <summary>Noise of the head in scores of continuations; the step is the trial.</summary>
    public static RandomStream ScoreNoise(ulong seed, uint trial) => new(seed, trial, 64);

    /// <summary>Draws of the text's latents in scores of continuations; the step is the trial.</summary>
    public static RandomStream ScoreTargets(ulong seed, uint trial) => new(seed, trial, 66);

    /// <summary>Places of the continuations of a trial; the step is the trial.</summary>
    public static RandomStream ScorePlaces(ulong seed, uint trial) => new(seed, trial, 65);

    /// <summary>Initial weights of a discrete model; the step is the parameter's place.</summary>
    public static RandomStream ArWeights(ulong seed) => new(seed, 0, 13);

    /// <summary>Tokens that a discrete model's evaluation draws; the step is the token's place in its roll-out.</summary>
    public static RandomStream ArRollOut(ulong seed, uint step) => new(seed, step, 14);

    /// <summary>Tokens that a discrete model writes; the step is the token.</summary>
    public static RandomStream ArGeneration(ulong seed, uint token) => new(seed, token, 15);

    /// <summary>Groups of draws that a lazy choice compares; the step is the patch.</summary>
    public static RandomStream GenerationPicks(ulong seed, uint patch) => new(seed, patch, 30);

    /// <summary>Coins that end the trials of an exact choice; the step is the patch.</summary>
    public static RandomStream GenerationCoins(ulong seed, uint patch) => new(seed, patch, 31);

    /// <summary>Noise of the head in forecasts of a series; the step is the patch.</summary>
    public static RandomStream ForecastNoise(ulong seed, uint patch) => new(seed, patch, 50);

    /// <summary>Choices among candidates in forecasts of a series; the step is the patch.</summary>
    public static RandomStream ForecastChoice(ulong seed, uint patch) => new(seed, patch, 51);

    /// <summary>Past errors that a naive forecast adds; the step is the window.</summary>
    public static RandomStream ForecastResidual(ulong seed, uint window) => new(seed, window, 52);

    /// <summary>The example series; the step is the disturbance.</summary>
    public static RandomStream Disturbance(ulong seed, uint disturbance) => new(seed, disturbance, 54);

    /// <summary>Items that bootstrap intervals draw; the step tells apart the intervals.</summary>
    public static RandomStream Bootstrap(ulong seed, uint which = 0) => new(seed, which, 60);

    /// <summary>Draws of a study's comparison of sampling laws; the step is the place.</summary>
    public static RandomStream StudyLaw(ulong seed, uint place) => new(seed, place, 61);

    /// <summary>Noise of the head for a study's candidates; the step is the batch of places.</summary>
    public static RandomStream StudyCandidates(ulong seed, uint batch) => new(seed, batch, 62);

    /// <summary>Choices among a study's candidates; the step is the temperature's number.</summary>
    public static RandomStream StudyChoice(ulong seed, uint temperature) => new(seed, temperature, 63);

    /// <summary>Tokens of the known model that estimates of Brier scores are tested against; the step is the test.</summary>
    public static RandomStream KnownModel(ulong seed, uint test) => new(seed, test, 41);

    /// <summary>Patches of a table of nearest neighbours.</summary>
    public static RandomStream NeighbourQueries(ulong seed) => new(seed, 0, 42);

    /// <summary>Times of a diffusion or flow head in training.</summary>
    public static RandomStream HeadTime(ulong seed, uint step) => new(seed, step, 20);
}
