namespace Calm.Kernels;

internal sealed class GeluCases : IOpCases
{
    public IEnumerable<OpCase> All() => MapCases.Unary(
        nameof(Gelu), Gelu.Apply, Gelu.Reference, "An error function of 1 ulp; 1 + erf is rounded where it cancels.",
        (Operations.Exponential + 31, 2 * Operations.Exponential + 36));
}
