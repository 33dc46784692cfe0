using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class ConditionedLinearCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int positions, int draws, int inputs, int conditions, int outputs) in new[]
                 {
                     (1, 1, 1, 1, 1), (2, 3, 4, 5, 3), (1, 8, 31, 3, 33), (5, 1, 8, 8, 16), (7, 3, 33, 32, 31),
                     (3, 2, 257, 31, 2), (0, 4, 3, 2, 5), (32, 8, 64, 64, 64), (16, 1, 16, 15, 17),
                     (4, 16, 17, 16, 15), (1, 129, 5, 4, 63), (3, 5, 128, 127, 9), (2, 32, 15, 17, 65),
                 })
        {
            yield return Case(positions, draws, inputs, conditions, outputs);
        }

        yield return Case(3, 4, 6, 5, 7, isTwice: true);
        yield return Case(3, 4, 6, 5, 7, hasBias: false);
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) =>
        [Case(sizes.HeadPositions, sizes.Draws, sizes.Hidden, sizes.Hidden, sizes.Hidden)];

    private static OpCase Case(
        int positions, int draws, int inputs, int conditions, int outputs, bool hasBias = true, bool isTwice = false)
    {
        CaseData data = new(11);
        CaseInput[] operands =
        [
            data.Normal("x", new Shape(positions * draws, inputs)) with { IsActivation = true },
            data.Normal("condition", new Shape(positions, conditions)) with { IsActivation = true },
            data.Normal("weight", new Shape(outputs, inputs + conditions)),
            data.Normal("bias", new Shape(outputs)),
        ];
        double draw = 2.0 * positions * draws * inputs * outputs;
        double shared = 2.0 * positions * conditions * outputs;
        double bytes = 4.0 * (positions * draws * (inputs + outputs) + outputs * (inputs + conditions));
        return new OpCase
        {
            Op = nameof(ConditionedLinear),
            Label = $"{positions} x {draws} [{inputs} + {conditions}] to {outputs}"
                + (hasBias ? "" : ", no bias") + (isTwice ? ", twice" : ""),
            Inputs = hasBias ? operands : operands[..3],
            Run = (tape, x) => isTwice ? [Apply(tape, x), Apply(tape, x)] : [Apply(tape, x)],
            Reference = x => isTwice ? [Reference(x), Reference(x)] : [Reference(x)],
            RoundsOperands = true,
            Reason = "Sums of products in float, in blocks of depth: a few ulp of the greatest partial sum.",
            Forward = positions < 32 ? null : new Cost(draw + shared, bytes),
            Backward = positions < 32 ? null : new Cost(2 * (draw + shared), 2 * bytes),
        };

        Tensor Apply(Tape tape, Tensor[] x) =>
            ConditionedLinear.Apply(tape, x[0], x[1], x[2], hasBias ? x[3] : null, draws, tape.ActivationType);

        double[] Reference(double[][] x) => ConditionedLinear.Reference(
            x[0], x[1], x[2], hasBias ? x[3] : null, draws, inputs, conditions);
    }
}
