namespace Calm.Kernels;

internal sealed class MultiplyCases : IOpCases
{
    public IEnumerable<OpCase> All() =>
        MapCases.Binary(nameof(Multiply), Multiply.Apply, (a, b) => a * b, (1, 2));
}
