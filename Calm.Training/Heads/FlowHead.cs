using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A flow from normal noise at time 0 to latents at time 1 along straight lines: trained to tell the velocity of a point
/// between the two, it draws a latent by following it. Source: Lipman and others 2022, arXiv:2210.02747.
/// </summary>
internal sealed class FlowHead : DenoisingHead
{
    /// <summary>Evaluations of the net of a draw, with either solver.</summary>
    public const int Evaluations = 20;

    private const int TimesApart = DenoisingNet.Times / Evaluations;

    private readonly FlowSolver _solver;

    /// <summary>Adds the head's parameters to a set.</summary>
    public FlowHead(ParameterSet parameters, CalmConfig config)
        : base(parameters, config, config.LatentSize)
    {
        _solver = config.FlowSolver;
    }

    /// <inheritdoc/>
    protected override (Tensor Loss, Tensor Rows) Loss(
        Tape tape, DenoisingRows rows, Tensor times, Func<Tensor, Tensor> net)
    {
        float[] weights = [.. rows.Times.SelectMany(time => new[] { time, 1 - time })];
        Tensor mixed = WeightedAdd.Apply(tape, rows.Latents, rows.Noise, tape.From(weights, new Shape(rows.Times.Length, 2)));
        Tensor velocity = WeightedAdd.Apply(tape, rows.Latents, rows.Noise, tape.From([1f, -1f], new Shape(1, 2)));
        return MeanSquaredError.Apply(tape, net(mixed), velocity);
    }

    /// <inheritdoc/>
    protected override Tensor Draw(Tape tape, Tensor noise, Net net) => _solver == FlowSolver.Euler
        ? Iterate(tape, noise, Evaluations, (own, x, step) =>
            Along(own, x, net(own, x, step * TimesApart), 1f / Evaluations))
        : Iterate(tape, noise, Evaluations / 2, (own, x, step) =>
        {
            Tensor middle = Along(own, x, net(own, x, 2 * step * TimesApart), 1f / Evaluations);
            return Along(own, x, net(own, middle, (2 * step + 1) * TimesApart), 2f / Evaluations);
        });

    /// <summary>x + time * velocity.</summary>
    private static Tensor Along(Tape tape, Tensor x, Tensor velocity, float time) =>
        WeightedAdd.Apply(tape, x, velocity, tape.From([1f, time], new Shape(1, 2)));
}
