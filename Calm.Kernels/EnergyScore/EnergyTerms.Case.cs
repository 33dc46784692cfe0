using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class EnergyTermsCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((EnergySizes sizes, float exponent) in new[]
                 {
                     (new EnergySizes(1, 2, 1, 1), 1f),
                     (new EnergySizes(3, 3, 3, 31), 1f),
                     (new EnergySizes(2, 8, 10, 32), 1.9f),
                     (new EnergySizes(4, 5, 100, 33), 0.5f),
                     (new EnergySizes(2, 8, 100, 128), 1f),
                     (new EnergySizes(1, 7, 15, 17), 1f),
                     (new EnergySizes(1, 9, 17, 15), 0.5f),
                     (new EnergySizes(1, 4, 16, 129), 1f),
                 })
        {
            (int positions, int draws, int targets, int columns) = sizes;
            CaseData data = new(22);
            double floats = (draws + targets) * (double)columns * positions;
            yield return new OpCase
            {
                Op = nameof(EnergyTerms),
                Label = $"[{positions}, {draws}, {columns}] against {targets}, exponent {exponent}",
                Inputs =
                [
                    data.Normal("draws", new Shape(positions, draws, columns)),
                    data.Normal("targets", new Shape(positions, targets, columns), 0.7, 0.5, differentiable: false),
                ],
                Settings = new Dictionary<string, double> { ["exponent"] = exponent },
                Run = (tape, x) => [EnergyTerms.Apply(tape, x[0], x[1], exponent)],
                Reference = x =>
                [
                    [.. EnergyTerms.Reference(x[0], x[1], draws, targets, columns, exponent).SelectMany(term => term)],
                ],
                Reason = "Distances and sums of a position are kept in float lanes: a few ulp; log and exp add theirs.",
                Forward = new Cost(sizes.DistanceFlops, 4 * floats),
                Backward = new Cost(2 * sizes.DistanceFlops, 4 * floats + 4.0 * draws * columns * positions),
            };
        }
    }
}
