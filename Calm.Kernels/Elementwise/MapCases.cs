using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Cases of element-wise ops: every edge of registers, chunks and groups, every broadcast, and a real size.</summary>
public static class MapCases
{
    /// <summary>Cases of an op of one operand.</summary>
    /// <param name="op">The op's name.</param>
    /// <param name="run">Calls the op.</param>
    /// <param name="reference">Its definition, in double.</param>
    /// <param name="reason">Reason of the tolerance.</param>
    /// <param name="flops">Operations an element forward and backward, as <see cref="Operations"/> counts them.</param>
    /// <param name="reads">The tensors that the derivative reads.</param>
    public static IEnumerable<OpCase> Unary(
        string op, Func<Tape, Tensor, Tensor> run, Func<double, double> reference, string reason,
        (double Forward, double Backward) flops, DerivativeReads reads = DerivativeReads.Operands)
    {
        // A derivative of a rounded value, such as 1 - y^2, may have no digit left.
        bool isRounded = !reads.HasFlag(DerivativeReads.Output);

        foreach (int count in new[] { 1, 15, 16, 17, 31, 32, 33, 127, 128, 129, 255, 256, 257, 2049, 1 << 19 })
        {
            yield return Case(count, scale: 3) with
            {
                Forward = new Cost(flops.Forward * count, 8.0 * count),
                Backward = new Cost(flops.Backward * count, (reads == DerivativeReads.None ? 8.0 : 12.0) * count),
            };
        }

        // e^x overflows above 88.
        yield return Case(64, scale: 60) with { Label = "[64] far from zero" };

        OpCase Case(int count, double scale) => new()
        {
            Op = op,
            Label = $"[{count}]",
            Inputs = [new CaseData(11).Normal("x", new Shape(count), scale) with { IsActivation = isRounded }],
            Run = (tape, x) => [run(tape, x[0])],
            Reference = x => [[.. x[0].Select(reference)]],
            RoundsOperands = isRounded,
            Reason = reason,
        };
    }

    /// <summary>Cases of an op of two operands, with the second in full, as a row, as a column and as one element.</summary>
    /// <param name="op">The op's name.</param>
    /// <param name="run">Calls the op.</param>
    /// <param name="reference">Its definition, in double.</param>
    /// <param name="flops">Operations an element forward and backward, as <see cref="Operations"/> counts them.</param>
    /// <param name="reads">The tensors that the derivatives read.</param>
    /// <param name="mean">Mean of the second operand, and ten times its deviation; 0 for standard normal numbers.</param>
    public static IEnumerable<OpCase> Binary(
        string op, Func<Tape, Tensor, Tensor, Tensor> run, Func<double, double, double> reference,
        (double Forward, double Backward) flops, DerivativeReads reads = DerivativeReads.Operands, double mean = 0)
    {
        foreach ((int rows, int columns, int otherRows, int otherColumns) in new[]
                 {
                     (1, 1, 1, 1), (1, 31, 1, 31), (2, 32, 2, 32), (3, 33, 3, 33), (5, 257, 5, 257), (2048, 256, 2048, 256),
                     (15, 17, 1, 17), (1, 33, 1, 1), (33, 1, 1, 1), (3, 129, 1, 129), (257, 16, 1, 16), (300, 64, 1, 64),
                     (17, 15, 17, 1), (2, 127, 2, 1), (130, 65, 130, 1), (16, 33, 1, 1), (131, 64, 1, 1),
                 })
        {
            CaseData data = new(14);
            double elements = (double)rows * columns;
            bool isFull = rows == otherRows && columns == otherColumns;
            double passes = reads == DerivativeReads.None ? 3 : 5;
            yield return new OpCase
            {
                Op = op,
                Label = $"[{rows}, {columns}] and [{otherRows}, {otherColumns}]",
                Inputs =
                [
                    data.Normal("a", new Shape(rows, columns)),
                    data.Normal("b", new Shape(otherRows, otherColumns), mean == 0 ? 1 : mean / 10, mean),
                ],
                Run = (tape, x) => [run(tape, x[0], x[1])],
                Reference = x =>
                [
                    [
                        .. x[0].Select((a, i) => reference(
                            a, x[1][(otherRows == 1 ? 0 : i / columns * otherColumns) + (otherColumns == 1 ? 0 : i % columns)])),
                    ],
                ],
                GradientTolerance = 2e-5,
                Reason = "One rounding; gradients of what is broadcast are sums.",
                Forward = isFull ? new Cost(flops.Forward * elements, 12 * elements) : null,
                Backward = isFull ? new Cost(flops.Backward * elements, 4 * passes * elements) : null,
            };
        }
    }
}
