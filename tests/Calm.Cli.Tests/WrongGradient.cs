using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>An op whose gradient is wrong: the definition is x^2, but backward gives x instead of 2 x.</summary>
public sealed class WrongGradient : IOpCases
{
    public IEnumerable<OpCase> All() =>
    [
        new OpCase
        {
            Op = nameof(WrongGradient),
            Label = "[33]",
            Inputs = [new CaseData(1).Normal("x", new Shape(33))],
            Run = (tape, x) => [Apply(tape, x[0])],
            Reference = x => [[.. x[0].Select(v => v * v)]],
            Reason = "One product.",
        },
    ];

    private static Tensor Apply(Tape tape, Tensor x)
    {
        // A copy has no gradient of its own: only one of the two factors passes any back.
        Tensor copy = tape.From(x.ToArray(), x.Shape);
        return Multiply.Apply(tape, x, copy);
    }
}
