namespace Calm.Kernels;

internal sealed class ScaleCases : IOpCases
{
    public IEnumerable<OpCase> All() => MapCases.Unary(
        nameof(Scale), (tape, x) => Scale.Apply(tape, x, -1.5f), x => -1.5f * x, "One rounding.",
        (1, 1), DerivativeReads.None);
}
