using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class LinearCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach (OpCase product in Products())
        {
            yield return product;
        }

        yield return WithBias(5, 12, 9);
        yield return WithBias(130, 256, 64) with
        {
            Forward = new Cost(2.0 * 130 * 256 * 64, 4 * (130 * 320 + 64 * 257)),
            Backward = new Cost(4.0 * 130 * 256 * 64, 4 * (130 * 640 + 2 * 64 * 257)),
        };
        yield return WithResidual(1, 9, 5);
        yield return WithResidual(19, 10, 35);
        yield return ResidualIsInput(4, 12);
        yield return InputUsedTwice(3, 8, 5);
        yield return InputUsedTwice(20, 40, 33);

        // The gradient of x in the largest tiles, which 128 of them take: two by two, and 32 blocks of depth.
        yield return Plain(129, 130, 16_000);
    }

    // The largest product of a layer: gate and up together.
    public IEnumerable<OpCase> At(CaseSizes sizes)
    {
        yield return Timed(sizes.Rows, sizes.Hidden, 2 * sizes.Intermediate);
    }

    // The letters of BLAS: M rows of K inputs to N outputs.
    public CaseSweep Sweep => new(
        nameof(Linear), [new("M", 1024), new("N", 1024), new("K", 256)], n => Timed(n[0], n[2], n[1]));

    /// <summary>Products alone: every number of rows and columns that a tile can end with, depths about a block's.</summary>
    internal static IEnumerable<OpCase> Products()
    {
        foreach ((int rows, int inputs, int outputs) in new[]
                 {
                     (1, 1, 1), (1, 31, 32), (2, 32, 31), (3, 33, 33), (4, 16, 65), (5, 8, 12), (6, 257, 3), (7, 7, 24),
                     (8, 255, 8), (11, 12, 40), (12, 64, 17), (13, 48, 64), (17, 31, 48), (31, 96, 16), (33, 257, 31),
                     (257, 33, 32),

                     // Edges of tiles of 16, 32, 64 and 128 and of an item's 48 rows, in rows, columns and depth.
                     (15, 8, 63), (16, 9, 64), (32, 16, 127), (47, 5, 128), (48, 3, 129), (49, 6, 47), (63, 31, 15),
                     (64, 30, 16), (65, 17, 49), (127, 15, 17), (128, 16, 33), (129, 30, 31),

                     // Depths about one block of 512 and two.
                     (15, 511, 15), (17, 512, 9), (2, 513, 4), (2, 1024, 4), (17, 1023, 5), (3, 1025, 3), (17, 513, 33),
                 })
        {
            yield return Plain(rows, inputs, outputs);
        }
    }

    /// <summary>A product of any size.</summary>
    internal static OpCase Plain(int rows, int inputs, int outputs) => Case(
        $"[{rows}, {inputs}] to {outputs}", Activation(Operands(rows, inputs, outputs, ["x", "weight"])),
        (tape, x) => Linear.Apply(tape, x[0], x[1], output: tape.ActivationType),
        x => Linear.Reference(x[0], x[1], inputs, null, null));

    private static OpCase Timed(int rows, int inputs, int outputs)
    {
        double flops = 2.0 * rows * inputs * outputs;
        double bytes = 4.0 * ((double)rows * (inputs + outputs) + (double)inputs * outputs);
        return Plain(rows, inputs, outputs) with
        {
            Forward = new Cost(flops, bytes),
            Backward = new Cost(2 * flops, 2 * bytes),
        };
    }

    private static OpCase WithBias(int rows, int inputs, int outputs) => Case(
        $"[{rows}, {inputs}] to {outputs}, bias", Activation(Operands(rows, inputs, outputs, ["x", "weight", "bias"])),
        (tape, x) => Linear.Apply(tape, x[0], x[1], x[2]),
        x => Linear.Reference(x[0], x[1], inputs, x[2], null));

    private static OpCase WithResidual(int rows, int inputs, int outputs) => Case(
        $"[{rows}, {inputs}] to {outputs}, bias, residual",
        Operands(rows, inputs, outputs, ["x", "weight", "bias", "residual"]),
        (tape, x) => Linear.Apply(tape, x[0], x[1], x[2], x[3], tape.ActivationType),
        x => Linear.Reference(x[0], x[1], inputs, x[2], x[3]));

    // The residual's gradient then adds to that of x, rather than being adopted.
    private static OpCase ResidualIsInput(int rows, int size) => Case(
        $"[{rows}, {size}] to {size}, residual is x", Operands(rows, size, size, ["x", "weight"]),
        (tape, x) => Linear.Apply(tape, x[0], x[1], residual: x[0]),
        x => Linear.Reference(x[0], x[1], size, null, x[0])) with
    {
        Settings = new Dictionary<string, double> { ["residualIsInput"] = 1 },
    };

    // Every gradient but the residual's then has two contributions.
    private static OpCase InputUsedTwice(int rows, int inputs, int outputs) => Case(
        $"[{rows}, {inputs}] to {outputs}, twice", Operands(rows, inputs, outputs, ["x", "weight", "bias"]),
        (tape, x) => Linear.Apply(tape, x[0], x[1], x[2], Linear.Apply(tape, x[0], x[1], x[2])),
        x => [.. Linear.Reference(x[0], x[1], inputs, x[2], null).Select(y => 2 * y)]) with
    {
        Settings = new Dictionary<string, double> { ["calls"] = 2 },
    };

    private static IReadOnlyList<CaseInput> Activation(IReadOnlyList<CaseInput> operands) =>
        [operands[0] with { IsActivation = true }, .. operands.Skip(1)];

    private static IReadOnlyList<CaseInput> Operands(int rows, int inputs, int outputs, string[] names)
    {
        CaseData data = new(10);
        return
        [
            .. names.Select(name => data.Normal(name, name switch
            {
                "x" => new Shape(rows, inputs),
                "weight" => new Shape(outputs, inputs),
                "bias" => new Shape(outputs),
                _ => new Shape(rows, outputs),
            })),
        ];
    }

    private static OpCase Case(
        string label, IReadOnlyList<CaseInput> inputs, Func<Tape, Tensor[], Tensor> run,
        Func<double[][], double[]> reference) => new()
        {
            Op = nameof(Linear),
            Label = label,
            Inputs = inputs,
            Run = (tape, x) => [run(tape, x)],
            Reference = x => [reference(x)],
            RoundsOperands = true,
            Reason = "Sums of products in float, in blocks of depth: a few ulp of the greatest partial sum.",
        };
}
