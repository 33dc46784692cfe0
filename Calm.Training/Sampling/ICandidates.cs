namespace Calm.Training;

/// <summary>
/// Independent draws of one patch, numbered from 0 and made on demand. Sampling without likelihoods learns nothing of them
/// but which are equal. A null answer means that draws or tokens are missing: they have been asked for, and the same
/// question is answered once they are there. So requests of several sequences can be served together.
/// </summary>
internal interface ICandidates
{
    /// <summary>Asks for draws, unless there are enough.</summary>
    /// <param name="count">The number needed.</param>
    /// <returns>The number of draws, at least <paramref name="count"/>; null while there are fewer.</returns>
    int? Make(int count);

    /// <summary>Finds the first group of draws that are all the same patch.</summary>
    /// <param name="groups">Numbers of draws that exist, at least one in each group.</param>
    /// <returns>The place of the group, -1 if there is none; null while tokens are missing.</returns>
    int? FirstAgreeing(IReadOnlyList<int[]> groups);

    /// <summary>Chooses among the first draws, all of which exist, by <see cref="BatchTemperature"/>.</summary>
    /// <param name="count">The number of draws, at least 1.</param>
    /// <param name="agreement">n.</param>
    /// <param name="u">Uniform in [0, 1).</param>
    /// <returns>The number of a draw of the chosen patch.</returns>
    int Choose(int count, int agreement, double u);
}
