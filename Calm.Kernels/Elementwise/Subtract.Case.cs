namespace Calm.Kernels;

internal sealed class SubtractCases : IOpCases
{
    public IEnumerable<OpCase> All() =>
        MapCases.Binary(nameof(Subtract), Subtract.Apply, (a, b) => a - b, (1, 2), DerivativeReads.None);
}
