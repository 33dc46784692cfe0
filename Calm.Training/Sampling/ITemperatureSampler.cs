using Calm.Runtime;

namespace Calm.Training;

/// <summary>Chooses patches at a temperature from draws at temperature 1. docs/sampling.md compares the forms.</summary>
internal interface ITemperatureSampler
{
    /// <summary>The kind, for statistics.</summary>
    Sampler Kind { get; }

    /// <summary>Draws that every choice looks at, which are best made together.</summary>
    int FewestCandidates { get; }

    /// <summary>Most draws of one patch.</summary>
    int MostCandidates { get; }

    /// <summary>Begins the choice of one patch.</summary>
    /// <param name="noise">Randomness of the choice itself.</param>
    ISelection Begin(ChoiceNoise noise);
}

/// <summary>The choice of one patch, in progress.</summary>
internal interface ISelection
{
    /// <summary>Goes on until the patch is chosen or an answer is missing.</summary>
    /// <param name="draws">Draws of the patch, the same each time.</param>
    /// <returns>The choice; null while an answer is missing.</returns>
    PatchChoice? Continue(ICandidates draws);
}

/// <summary>Randomness of one choice, besides the draws.</summary>
/// <param name="Place">Uniform in [0, 1): the place of the choice within the running weights of a batch.</param>
/// <param name="Picks">Picks the draws that are compared.</param>
/// <param name="Coins">Decides when an exact trial is given up.</param>
internal readonly record struct ChoiceNoise(double Place, RandomStream Picks, RandomStream Coins);

/// <summary>A choice and its cost.</summary>
/// <param name="Draw">The number of a draw of the chosen patch.</param>
/// <param name="Candidates">Draws that the choice looked at.</param>
/// <param name="Trials">Groups of draws that were tried for agreement.</param>
/// <param name="Agreed">Groups of which all draws agreed.</param>
/// <param name="AtBound">
/// Whether the allowed draws were used up without an answer, which then came from all of them by the batch rule.
/// </param>
internal readonly record struct PatchChoice(int Draw, int Candidates, int Trials, int Agreed, bool AtBound);
