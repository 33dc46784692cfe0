using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A diffusion over latents with learned variances: trained to tell the noise in a latent at any of a thousand steps, it
/// draws one by going back a hundred. Sources: Li and others 2024, arXiv:2406.11838; Nichol and Dhariwal 2021,
/// arXiv:2102.09672.
/// </summary>
internal sealed class DiffusionHead : DenoisingHead
{
    /// <summary>Steps, and evaluations of the net, of a draw.</summary>
    public const int SamplingSteps = 100;

    private static readonly DdpmSchedule Training = DdpmSchedule.Cosine(DenoisingNet.Times);
    private static readonly DdpmSchedule Sampling = Training.Respaced(SamplingSteps);

    private readonly int _latentSize;
    private readonly double _bound;
    private readonly ConstantTable _constants = new(DiffusionConstants.Count, Training.Constants);

    /// <summary>Adds the head's parameters to a set.</summary>
    public DiffusionHead(ParameterSet parameters, CalmConfig config)
        : base(parameters, config, 2 * config.LatentSize)
    {
        _latentSize = config.LatentSize;
        _bound = config.LatentBound == 0 ? double.PositiveInfinity : config.LatentBound;
    }

    /// <inheritdoc/>
    protected override (Tensor Loss, Tensor Rows) Loss(
        Tape tape, DenoisingRows rows, Tensor times, Func<Tensor, Tensor> net)
    {
        Tensor constants = Embedding.Apply(tape, times, _constants.On(tape.Device));
        Tensor seen = net(WeightedAdd.Apply(tape, rows.Latents, rows.Noise, constants));
        return DiffusionLoss.Apply(tape, seen, rows.Noise, rows.Latents, constants);
    }

    /// <inheritdoc/>
    protected override Tensor Draw(Tape tape, Tensor noise, Net net)
    {
        Tensor start = Slice.Apply(tape, noise, ^1, 0, _latentSize);
        return Iterate(tape, start, SamplingSteps, (own, x, step) =>
        {
            int back = SamplingSteps - 1 - step;
            int fresh = back == 0 ? 0 : (step + 1) * _latentSize; // the last step adds none
            Tensor seen = net(own, x, Sampling.Times[back]);
            return DenoisingStep.Apply(own, seen, x, noise, fresh, Sampling.Reverse(back, temperature: 1, _bound));
        });
    }
}
