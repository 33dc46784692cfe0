namespace Calm.Training;

/// <summary>
/// Independent draws of one patch, numbered from 0 and made when they are first asked for. All that sampling without
/// likelihoods may know of them is which are equal. An answer that needs work is awaited, so that several sequences can have
/// theirs worked out together.
/// </summary>
internal interface ICandidates
{
    /// <summary>Makes draws, if need be, until there are so many.</summary>
    /// <param name="count">How many must exist.</param>
    /// <returns>How many do: more where making some ahead is cheap.</returns>
    ValueTask<int> Make(int count);

    /// <summary>Looks for a group of draws that are all the same patch.</summary>
    /// <param name="groups">Numbers of draws that exist, at least one in each group.</param>
    /// <returns>The place of the first such group; -1 if there is none.</returns>
    ValueTask<int> FirstAgreeing(IReadOnlyList<int[]> groups);

    /// <summary>Chooses among the first draws by <see cref="BatchTemperature"/>.</summary>
    /// <param name="count">How many draws, at least 1.</param>
    /// <param name="agreement">n.</param>
    /// <param name="u">Uniform in [0, 1).</param>
    /// <returns>The number of a draw of the chosen patch.</returns>
    ValueTask<int> Choose(int count, int agreement, double u);
}
