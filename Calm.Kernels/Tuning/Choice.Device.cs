using System.Globalization;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Order in which choices are tuned: a later one is made with the earlier ones kept.</summary>
internal enum ChoiceLevel
{
    /// <summary>The kernel.</summary>
    Form,

    /// <summary>The share of a thread or a group in the work.</summary>
    Share,

    /// <summary>Memory that passes between two launches.</summary>
    Memory,

    /// <summary>Threads of a group.</summary>
    Threads,
}

/// <summary>A sort of choice: its candidates give the same bits, since each adds the same numbers in the same order.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Level">Its turn.</param>
/// <param name="Values">The candidates, numbers above 0.</param>
/// <param name="Suits">Whether a device can take a candidate.</param>
internal sealed record ChoiceKind(
    string Name, ChoiceLevel Level, IReadOnlyList<int> Values, Func<IlgpuDevice, int, bool> Suits)
{
    /// <summary>Names of candidates, where they are no numbers.</summary>
    public Func<int, string> Text { get; init; } = static value => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether it concerns the next launch alone, and not all that the work in hand launches.</summary>
    public bool IsOfOneLaunch { get; init; }

    /// <summary>The candidate of a name; null if there is none.</summary>
    public int? Find(string text)
    {
        foreach (int value in Values)
        {
            if (Text(value) == text)
            {
                return value;
            }
        }

        return null;
    }
}

/// <summary>One choice: what one kernel or family is free to choose.</summary>
/// <param name="kind">Its sort.</param>
/// <param name="of">The kernel, or what else it is about.</param>
/// <param name="refusal">The reason why a kernel cannot take a candidate; null if it can.</param>
internal sealed class Choice(ChoiceKind kind, string of, Func<IlgpuDevice, int, string?>? refusal = null)
{
    /// <summary>Its sort.</summary>
    public ChoiceKind Kind { get; } = kind;

    /// <summary>The kernel, or what else it is about.</summary>
    public string Of { get; } = of;

    /// <summary>The reason why a device does not take a candidate; null if it does.</summary>
    public string? RefusalOf(IlgpuDevice gpu, int value) =>
        Kind.Suits(gpu, value) ? refusal?.Invoke(gpu, value) : $"{gpu.Name} has no such candidate";
}
