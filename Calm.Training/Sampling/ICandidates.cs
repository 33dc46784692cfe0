namespace Calm.Training;

/// <summary>
/// Independent draws of one patch, numbered from 0 and made when they are first asked for. All that sampling without
/// likelihoods may know of them is which are equal. An answer that needs work is awaited, so that several sequences can have
/// theirs worked out together.
/// </summary>
internal interface ICandidates
{
    /// <summary>Whether some draws are all the same patch.</summary>
    /// <param name="draws">Their numbers, at least one.</param>
    ValueTask<bool> Agree(ReadOnlyMemory<int> draws);

    /// <summary>Chooses among the first draws by <see cref="BatchTemperature"/>.</summary>
    /// <param name="count">How many draws, at least 1.</param>
    /// <param name="agreement">n.</param>
    /// <param name="u">Uniform in [0, 1).</param>
    /// <returns>The number of a draw of the chosen patch.</returns>
    ValueTask<int> Choose(int count, int agreement, double u);
}
