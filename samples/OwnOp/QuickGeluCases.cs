using Calm.Kernels;
using Calm.Runtime;

namespace OwnOp;

/// <summary>The cases of the op. Calm finds them by the interface and checks definition, gradient, bounds and bits.</summary>
public sealed class QuickGeluCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach (int count in new[] { 1, 31, 32, 33, 257, 1 << 19 })
        {
            yield return new OpCase
            {
                Op = nameof(QuickGelu),
                Label = $"[{count}]",
                Inputs = [new CaseData(seed: 1).Normal("x", new Shape(count), scale: 3)],
                Run = (tape, x) => [QuickGelu.Apply(tape, x[0])],

                // The definition in double, sharing nothing with the op. Gradients are checked against its differences.
                Reference = x => [[.. x[0].Select(v => v / (1 + Math.Exp(-1.702 * v)))]],
                Reason = "An exponential of 1 ulp, a sum and a quotient.",
                Forward = new Cost((Operations.Sigmoid + 2) * count, 8.0 * count),
                Backward = new Cost((Operations.Sigmoid + 7) * count, 12.0 * count),
            };
        }
    }
}
