using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A size that a <see cref="CaseSweep"/> takes.</summary>
/// <param name="Name">Its name, such as rows.</param>
/// <param name="Default">Its value if none is given.</param>
/// <param name="Least">Its least value.</param>
/// <param name="Most">Its greatest value.</param>
public sealed record CaseSize(string Name, int Default, int Least = 1, int Most = int.MaxValue);

/// <summary>An op at any sizes, so that a benchmark may vary them.</summary>
/// <param name="Op">The op's name.</param>
/// <param name="Sizes">The sizes, in the order in which the case takes them.</param>
/// <param name="Make">Makes the case of sizes, with a cost.</param>
public sealed record CaseSweep(string Op, IReadOnlyList<CaseSize> Sizes, Func<IReadOnlyList<int>, OpCase> Make)
{
    /// <summary>The case of sizes by name; those without a value have their default.</summary>
    /// <exception cref="CalmException">A size is unknown or out of its range.</exception>
    public OpCase At(IReadOnlyDictionary<string, int> sizes)
    {
        foreach ((string name, int value) in sizes)
        {
            CaseSize size = Sizes.FirstOrDefault(size => size.Name == name)
                ?? throw new CalmException($"{Op} has no size {name}; it has {Names}.");
            if (value < size.Least || value > size.Most)
            {
                throw new CalmException(
                    $"{name} is {value}, expected {size.Least} "
                    + (size.Most == int.MaxValue ? "or more." : $"to {size.Most}."));
            }
        }

        int[] values = [.. Sizes.Select(size => sizes.GetValueOrDefault(size.Name, size.Default))];
        return Make(values) with
        {
            Sizes = Sizes.Zip(values).ToDictionary(pair => pair.First.Name, pair => pair.Second),
        };
    }

    /// <summary>The names of the sizes, in a sentence.</summary>
    public string Names => string.Join(", ", Sizes.Select(size => size.Name));
}
