namespace Calm.Kernels;

internal sealed class SiluCases : IOpCases
{
    public IEnumerable<OpCase> All() => MapCases.Unary(
        nameof(Silu), Silu.Apply, x => x / (1 + Math.Exp(-x)), "An exponential of 1 ulp, a sum and a quotient.",
        (Operations.Sigmoid + 1, Operations.Sigmoid + 5));
}
