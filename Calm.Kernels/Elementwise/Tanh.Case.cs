namespace Calm.Kernels;

internal sealed class TanhCases : IOpCases
{
    public IEnumerable<OpCase> All() => MapCases.Unary(
        nameof(Tanh), Tanh.Apply, Math.Tanh, "An exponential of 1 ulp, a sum and a quotient.",
        (Operations.Exponential + 18, 3), DerivativeReads.Output);
}
