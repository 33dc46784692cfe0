namespace Calm.Kernels;

internal sealed class AddCases : IOpCases
{
    public IEnumerable<OpCase> All() =>
        MapCases.Binary(nameof(Add), Add.Apply, (a, b) => a + b, (1, 2), DerivativeReads.None);
}
