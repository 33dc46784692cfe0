using Calm.Runtime;

namespace Calm.Training;

/// <summary>Chooses a patch at a temperature from draws at temperature 1. docs/sampling.md compares the forms.</summary>
internal interface ITemperatureSampler
{
    /// <summary>What the command line calls it.</summary>
    string Name { get; }

    /// <summary>Draws that are surely looked at, which are best made together.</summary>
    int FewestCandidates { get; }

    /// <summary>Draws of one patch that it never exceeds.</summary>
    int MostCandidates { get; }

    /// <summary>Chooses.</summary>
    /// <param name="candidates">Draws of one patch.</param>
    /// <param name="noise">Randomness of the choice itself.</param>
    ValueTask<PatchChoice> Choose(ICandidates candidates, ChoiceNoise noise);
}

/// <summary>The randomness of one choice besides the draws.</summary>
/// <param name="Place">Uniform in [0, 1): where in the running weights of a batch the choice lies.</param>
/// <param name="Picks">Which draws are compared.</param>
/// <param name="Coins">When an exact trial is given up.</param>
internal readonly record struct ChoiceNoise(double Place, RandomStream Picks, RandomStream Coins);

/// <summary>A choice and what it took.</summary>
/// <param name="Draw">The number of a draw of the chosen patch.</param>
/// <param name="Candidates">Draws that the choice looked at.</param>
/// <param name="Trials">Groups of draws that were tried for agreement.</param>
/// <param name="Agreed">Groups of which all draws agreed.</param>
/// <param name="AtBound">
/// Whether the allowed draws were used up without an answer, which then came from all of them by the batch rule.
/// </param>
internal readonly record struct PatchChoice(int Draw, int Candidates, int Trials, int Agreed, bool AtBound);
