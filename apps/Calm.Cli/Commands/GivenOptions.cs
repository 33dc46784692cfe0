using System.CommandLine;

namespace Calm.Cli;

/// <summary>Finds the options that were typed and refuses those that would have no effect.</summary>
internal static class GivenOptions
{
    /// <summary>Whether an option was typed, as opposed to having its default.</summary>
    public static bool IsGiven(this ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>The values of an option as they were typed; null if it was not.</summary>
    public static string? Typed(this ParseResult parsed, Option option) =>
        parsed.GetResult(option) is { Implicit: false } given
            ? string.Join(' ', given.Tokens.Select(token => token.Value))
            : null;

    /// <summary>The value of an option that has a lower limit.</summary>
    /// <exception cref="UsageException">It is below the limit.</exception>
    public static T AtLeast<T>(this ParseResult parsed, Option<T> option, T least)
        where T : IComparable<T>
    {
        T value = parsed.GetValue(option)!;
        RequireAtLeast(option, value, least);
        return value;
    }

    /// <summary>Refuses a value of an option that is below a limit.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public static void RequireAtLeast<T>(Option option, T value, T least)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0)
        {
            throw new UsageException($"{option.Name} {value}: must be at least {least}.");
        }
    }

    /// <summary>Refuses a value of an option that is above a limit.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public static void RequireAtMost<T>(Option option, T value, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(most) > 0)
        {
            throw new UsageException($"{option.Name} {value}: must be at most {most}.");
        }
    }

    /// <summary>Refuses options that have no effect on a run or its data.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="why">The reason, and the thing to do instead; printed after the option's name.</param>
    /// <param name="options">The options that may not be typed.</param>
    /// <exception cref="UsageException">One was.</exception>
    public static void Refuse(this ParseResult parsed, string why, params IEnumerable<Option> options)
    {
        if (options.FirstOrDefault(parsed.IsGiven) is { } given)
        {
            throw new UsageException($"{given.Name}: {why}.");
        }
    }
}
