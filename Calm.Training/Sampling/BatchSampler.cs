namespace Calm.Training;

/// <summary>Temperature 1/n from N draws that are all made, as published: <see cref="BatchTemperature"/>.</summary>
/// <param name="agreement">n.</param>
/// <param name="candidates">N; without any agreement to look for, one draw is enough.</param>
internal sealed class BatchSampler(int agreement, int candidates) : ITemperatureSampler
{
    /// <inheritdoc/>
    public string Name => "batch";

    /// <inheritdoc/>
    public int FewestCandidates => MostCandidates;

    /// <inheritdoc/>
    public int MostCandidates { get; } = agreement == 1 ? 1 : candidates;

    /// <inheritdoc/>
    public async ValueTask<PatchChoice> Choose(ICandidates draws, ChoiceNoise noise)
    {
        int draw = await draws.Choose(MostCandidates, agreement, noise.Place);
        return new PatchChoice(draw, MostCandidates, 0, 0, AtBound: false);
    }
}
