namespace Calm.Training;

/// <summary>Temperature 1/n from N draws that are all made, as published: <see cref="BatchTemperature"/>.</summary>
/// <param name="agreement">n.</param>
/// <param name="candidates">N.</param>
internal sealed class BatchSampler(int agreement, int candidates) : ITemperatureSampler
{
    /// <inheritdoc/>
    public Sampler Kind => Sampler.Batch;

    /// <inheritdoc/>
    public int FewestCandidates => candidates;

    /// <inheritdoc/>
    public int MostCandidates => candidates;

    /// <inheritdoc/>
    public ISelection Begin(ChoiceNoise noise) => new Selection(agreement, candidates, noise.Place);

    private sealed class Selection(int agreement, int candidates, double place) : ISelection
    {
        public PatchChoice? Continue(ICandidates draws) => draws.Make(candidates) is null
            ? null
            : new PatchChoice(draws.Choose(candidates, agreement, place), candidates, 0, 0, AtBound: false);
    }
}
