namespace Calm.Kernels;

internal sealed class ReluCases : IOpCases
{
    public IEnumerable<OpCase> All() => MapCases.Unary(
        nameof(Relu), Relu.Apply, x => Math.Max(x, 0), "A choice is exact.",
        (1, 4));
}
