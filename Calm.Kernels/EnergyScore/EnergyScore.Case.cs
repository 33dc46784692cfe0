using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class EnergyScoreCases : IOpCases
{
    private const string Reason =
        "Distances and sums of a position are kept in float lanes: a few ulp; other exponents than 1 add those of log and "
        + "exp. Gradients are unit vectors over a distance: their error is that of the differences.";

    public IEnumerable<OpCase> All()
    {
        foreach ((EnergySizes sizes, float exponent) in new[]
                 {
                     (new EnergySizes(1, 2, 1, 1), 1f),
                     (new EnergySizes(3, 2, 3, 31), 0.5f),
                     (new EnergySizes(2, 3, 10, 32), 1.5f),
                     (new EnergySizes(5, 5, 10, 33), 1.9f),
                     (new EnergySizes(2, 4, 6, 9), 2f),
                     (new EnergySizes(3, 8, 100, 8), 1f),
                     (new EnergySizes(2, 3, 100, 257), 1f),
                     (new EnergySizes(2, 70, 3, 64), 1f), // more draws than a block holds
                     (new EnergySizes(1, 4, 9, 700), 1.5f), // blocks of the least number of targets

                     // Edges of blocks of draws and targets, of groups of 16 and 128, and of a block's columns.
                     (new EnergySizes(2, 7, 15, 15), 1f),
                     (new EnergySizes(2, 9, 16, 16), 0.5f),
                     (new EnergySizes(2, 15, 17, 17), 1f),
                     (new EnergySizes(1, 16, 7, 63), 1f),
                     (new EnergySizes(1, 17, 9, 65), 1.5f),
                     (new EnergySizes(1, 3, 31, 127), 1f),
                     (new EnergySizes(1, 5, 32, 7), 1f),
                     (new EnergySizes(1, 2, 31, 129), 1f),
                     (new EnergySizes(1, 3, 3, 1023), 1f),
                     (new EnergySizes(1, 3, 3, 1024), 1f),
                 })
        {
            yield return Given(sizes, exponent);
        }

        yield return Drawn(new EnergySizes(4, 5, 10, 33), 1.5f);
        yield return Drawn(new EnergySizes(32, 8, 100, 128), 1f);
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) =>
        [Drawn(new EnergySizes(sizes.HeadPositions, sizes.Draws, sizes.Targets, sizes.Latent), 1f)];

    public CaseSweep Sweep => new(
        nameof(EnergyScore), [new("positions", 32), new("draws", 8), new("targets", 100), new("columns", 128)],
        n => Drawn(new EnergySizes(n[0], n[1], n[2], n[3]), 1f));

    private static OpCase Given(EnergySizes sizes, float exponent)
    {
        (int positions, int draws, int targets, int columns) = sizes;
        CaseData data = new(20);
        return new OpCase
        {
            Op = nameof(EnergyScore),
            Label = $"given noise, [{positions}, {draws}, {columns}] against {targets}, exponent {exponent}",
            Inputs =
            [
                data.Normal("draws", new Shape(positions, draws, columns)),
                data.Normal("mean", new Shape(positions, columns), 0.5, differentiable: false),
                data.Normal("logStd", new Shape(positions, columns), 0.3, -0.5, differentiable: false),
                data.Normal("noise", new Shape(positions, targets, columns), differentiable: false),
            ],
            Settings = new Dictionary<string, double> { ["exponent"] = exponent },
            Run = (tape, x) => [EnergyScore.Apply(tape, x[0], x[1], x[2], x[3], exponent)],
            Reference = x => [EnergyScore.Reference(x[0], x[1], x[2], x[3], draws, targets, columns, exponent)],
            Reason = Reason,
        };
    }

    private static OpCase Drawn(EnergySizes sizes, float exponent)
    {
        (int positions, int draws, int targets, int columns) = sizes;
        CaseData data = new(21);
        RandomStream stream = new(5, 6, 7);
        double floats = 2.0 * draws * columns + 2 * columns;
        return new OpCase
        {
            Op = nameof(EnergyScore),
            Label = $"[{positions}, {draws}, {columns}] against {targets}, exponent {exponent}",
            Inputs =
            [
                data.Normal("draws", new Shape(positions, draws, columns)),
                data.Normal("mean", new Shape(positions, columns), 0.5, differentiable: false),
                data.Normal("logStd", new Shape(positions, columns), 0.3, -0.5, differentiable: false),
                data.Integers("positions", new Shape(positions), int.MaxValue),
            ],
            Settings = new Dictionary<string, double> { ["exponent"] = exponent },
            Noise = Normals,
            Run = (tape, x) => [EnergyScore.Apply(tape, x[0], x[1], x[2], x[3], stream, targets, exponent)],
            Reference = x =>
            [
                EnergyScore.Reference(x[0], x[1], x[2], Normals(x), draws, targets, columns, exponent),
            ],
            Reason = Reason,
            Forward = new Cost(2 * sizes.DistanceFlops + sizes.NoiseFlops, 4 * floats * positions),
            Backward = new Cost((double)draws * columns * positions, 8.0 * draws * columns * positions),
        };

        double[] Normals(double[][] x) => CaseData.PerRow(x[3], targets * columns, index => stream.Normal(index));
    }
}
