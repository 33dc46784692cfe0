namespace Calm.Kernels;

internal sealed class DivideCases : IOpCases
{
    public IEnumerable<OpCase> All() =>
        MapCases.Binary(nameof(Divide), Divide.Apply, (a, b) => a / b, (1, 5), mean: 2);
}
