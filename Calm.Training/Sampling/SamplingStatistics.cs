using System.Globalization;

namespace Calm.Training;

/// <summary>The cost of choosing patches, summed over them. Patches that complete a prompt are counted apart.</summary>
/// <param name="sampler">The sampler.</param>
internal sealed class SamplingStatistics(Sampler sampler)
{
    private long _trials;
    private long _agreed;
    private int _pairs;
    private int _equalPairs;

    /// <summary>The sampler.</summary>
    public Sampler Sampler { get; } = sampler;

    /// <summary>Patches chosen.</summary>
    public int Chunks { get; private set; }

    /// <summary>Draws that the choices looked at.</summary>
    public long Candidates { get; private set; }

    /// <summary>Most draws that one choice looked at.</summary>
    public int MostCandidates { get; private set; }

    /// <summary>Mean number of draws that a choice looked at.</summary>
    public double MeanCandidates => (double)Candidates / Math.Max(1, Chunks);

    /// <summary>Draws that were made, those made ahead included.</summary>
    public long Drawn { get; private set; }

    /// <summary>Draws that were made to complete prompts.</summary>
    public long CompletionCandidates { get; private set; }

    /// <summary>Patches for which the allowed draws were used up, so that the batch rule chose among all of them.</summary>
    public int AtBound { get; private set; }

    /// <summary>The part of the groups tried whose draws agreed; null if none was tried.</summary>
    public double? GroupRate => _trials > 0 ? (double)_agreed / _trials : null;

    /// <summary>The part of the exact sampler's trials that succeeded; null for the others.</summary>
    public double? TrialRate => Sampler == Sampler.Exact && _trials > 0 ? (double)(Chunks - AtBound) / _trials : null;

    /// <summary>
    /// The part of patches whose first two draws were equal, an unbiased estimate of the mean of the sum of p^2; null if there
    /// never were two.
    /// </summary>
    public double? SumOfSquares => _pairs > 0 ? (double)_equalPairs / _pairs : null;

    /// <summary>Adds a patch.</summary>
    public void Add(ChosenPatch patch)
    {
        Chunks++;
        Candidates += patch.Choice.Candidates;
        MostCandidates = Math.Max(MostCandidates, patch.Choice.Candidates);
        Drawn += patch.Drawn;
        AtBound += patch.Choice.AtBound ? 1 : 0;
        _trials += patch.Choice.Trials;
        _agreed += patch.Choice.Agreed;
        if (patch.FirstPairAgrees is { } equal)
        {
            _pairs++;
            _equalPairs += equal ? 1 : 0;
        }
    }

    /// <summary>Adds the draws that completed a prompt.</summary>
    public void AddCompletion(int candidates) => CompletionCandidates += candidates;

    /// <summary>A line for people.</summary>
    public override string ToString()
    {
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Sampler}: {Chunks} chunks, {MeanCandidates:0.#} candidates each, {MostCandidates} at most, "
            + $"{AtBound} at the bound");
        line += CompletionCandidates > 0 ? $"; {CompletionCandidates} to complete prompts" : "";
        line += GroupRate is { } group ? string.Create(CultureInfo.InvariantCulture, $"; groups that agreed {group:0.###}") : "";
        line += TrialRate is { } trial ? string.Create(CultureInfo.InvariantCulture, $", trials accepted {trial:0.###}") : "";
        return SumOfSquares is { } sum
            ? line + string.Create(CultureInfo.InvariantCulture, $"; sum of p^2 about {sum:0.##}")
            : line;
    }
}
