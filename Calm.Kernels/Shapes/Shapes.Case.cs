using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class SliceCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[] { (1, 2), (3, 31), (5, 33), (16, 16), (17, 15), (2, 127), (1, 257), (130, 64) })
        {
            int half = columns / 2;
            yield return Of(
                new Shape(rows, columns), "columns",
                (tape, x) => [Slice.Apply(tape, x, ^1, 0, half), Slice.Apply(tape, x, ^1, half, columns - half)],
                x => [Part(x, rows, columns, 1, 0, half), Part(x, rows, columns, 1, half, columns - half)]);
            yield return Of(
                new Shape(columns, rows), "rows",
                (tape, x) => [Slice.Apply(tape, x, 0, 0, half), Slice.Apply(tape, x, 0, half, columns - half)],
                x => [Part(x, 1, columns, rows, 0, half), Part(x, 1, columns, rows, half, columns - half)]);
        }

        yield return Of(
            new Shape(3, 7, 5), "middle", (tape, x) => [Slice.Apply(tape, x, 1, 2, 4)], x => [Part(x, 3, 7, 5, 2, 4)]);
        yield return Of(
            new Shape(2048, 512), "columns", (tape, x) => [Slice.Apply(tape, x, ^1, 256, 256)],
            x => [Part(x, 2048, 512, 1, 256, 256)]) with
        {
            Forward = new Cost(0, 8.0 * 2048 * 256),
        };
    }

    private static double[] Part(double[] x, int outer, int size, int inner, int start, int count)
    {
        double[] y = new double[outer * count * inner];
        for (int i = 0; i < y.Length; i++)
        {
            int index = i / inner % count;
            y[i] = x[(i / inner / count * size + start + index) * inner + i % inner];
        }

        return y;
    }

    private static OpCase Of(
        Shape shape, string what, Func<Tape, Tensor, Tensor[]> run, Func<double[], double[][]> reference) => new()
        {
            Op = nameof(Slice),
            Label = $"{shape}, {what}",
            Inputs = [new CaseData(13).Normal("x", shape)],
            Run = (tape, x) => run(tape, x[0]),
            Reference = x => reference(x[0]),
            Tolerance = 0,
            Reason = "A copy is exact.",
        };
}

internal sealed class ConcatCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[] { (1, 1), (3, 31), (2, 32), (5, 33), (16, 15), (1, 257), (130, 64) })
        {
            yield return Of(1, new Shape(rows, columns), new Shape(rows, 3), new Shape(rows, 33));
            yield return Of(0, new Shape(columns, rows), new Shape(1, rows), new Shape(32, rows));
        }

        yield return Of(1, new Shape(3, 2, 5), new Shape(3, 7, 5));
        yield return Of(1, new Shape(2048, 256), new Shape(2048, 256)) with
        {
            Forward = new Cost(0, 16.0 * 2048 * 256),
            Backward = new Cost(0, 16.0 * 2048 * 256),
        };
    }

    private static OpCase Of(int axis, params Shape[] shapes)
    {
        CaseData data = new(17);
        return new OpCase
        {
            Op = nameof(Concat),
            Label = $"{string.Join(" and ", shapes)} along {axis}",
            Inputs = [.. shapes.Select((shape, i) => data.Normal($"part{i}", shape))],
            Run = (tape, x) => [Concat.Apply(tape, axis, x)],
            Reference = x => [Joined(x, axis == 0 ? 1 : shapes[0][0])],
            Tolerance = 0,
            Reason = "A copy is exact.",
        };
    }

    private static double[] Joined(double[][] parts, int rows) =>
    [
        .. Enumerable.Range(0, rows).SelectMany(row => parts.SelectMany(
            part => part.Skip(row * (part.Length / rows)).Take(part.Length / rows))),
    ];
}

internal sealed class TransposeCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (31, 32), (32, 33), (33, 64), (5, 257), (257, 17), (1, 127), (130, 64), (2048, 256),
                 })
        {
            yield return new OpCase
            {
                Op = nameof(Transpose),
                Label = $"[{rows}, {columns}]",
                Inputs = [new CaseData(18).Normal("x", new Shape(rows, columns))],
                Run = (tape, x) => [Transpose.Apply(tape, x[0])],
                Reference = x => [[.. x[0].Select((_, i) => x[0][i % rows * columns + i / rows])]],
                Tolerance = 0,
                Reason = "A copy is exact.",
                Forward = new Cost(0, 8.0 * rows * columns),
                Backward = new Cost(0, 8.0 * rows * columns),
            };
        }
    }
}
