namespace Calm.Kernels;

internal sealed class SigmoidCases : IOpCases
{
    public IEnumerable<OpCase> All() => MapCases.Unary(
        nameof(Sigmoid), Sigmoid.Apply, x => 1 / (1 + Math.Exp(-x)), "An exponential of 1 ulp, a sum and a quotient.",
        (Operations.Sigmoid, 3), DerivativeReads.Output);
}
