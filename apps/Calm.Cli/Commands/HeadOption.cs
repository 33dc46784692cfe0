namespace Calm.Cli;

/// <summary><c>--head</c>: a shorter name of <c>calm.head</c>.</summary>
internal static class HeadOption
{
    /// <summary>The names of all heads.</summary>
    public static string Names { get; } = string.Join(", ", Enum.GetValues<HeadKind>().Select(Name));

    /// <summary>The configuration with the requested head.</summary>
    /// <param name="head">The option's value; null if it was not given.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="known">The configuration of a model that is trained further, whose head stays; null for a new one.</param>
    /// <exception cref="UsageException">There is no such head, or it is not the run's.</exception>
    public static CalmConfig Lay(string? head, CalmConfig config, CalmConfig? known)
    {
        if (head is not null)
        {
            HeadKind[] kinds = [.. Enum.GetValues<HeadKind>().Where(kind => Name(kind) == head)];
            config = kinds.Length == 1
                ? config with { Head = kinds[0] }
                : throw new UsageException(
                    $"--head {head}: must be one of {Names}{Suggestion.For(head, Enum.GetValues<HeadKind>().Select(Name))}");
        }

        return known is null || known.Head == config.Head
            ? config
            : throw new UsageException(
                $"--head {Name(config.Head)}: the model has {Name(known.Head)}, which cannot change; leave it out, or begin "
                + "another run.");
    }

    private static string Name(HeadKind kind) => kind.ToString().ToLowerInvariant();
}
