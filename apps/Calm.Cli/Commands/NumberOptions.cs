using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Calm.Cli;

/// <summary>
/// Reads the numbers of all options alike: a point before decimals, no thousands separators, in every language of the machine.
/// </summary>
internal static class NumberOptions
{
    /// <summary>Gives every option of a command and of those below it that takes a number this reading.</summary>
    public static void Apply(Command command)
    {
        foreach (Option option in command.Options)
        {
            Apply<int>(option, "a whole number");
            Apply<long>(option, "a whole number");
            Apply<ulong>(option, "a whole number, 0 or above");
            Apply<double>(option, "a number such as 0.5");
        }

        foreach (Command below in command.Subcommands)
        {
            Apply(below);
        }
    }

    private static void Apply<T>(Option option, string expected)
        where T : struct, INumber<T>
    {
        if (option is Option<T> number)
        {
            number.CustomParser = result => Read<T>(result, option, expected);
        }
        else if (option is Option<T?> optional)
        {
            optional.CustomParser = result => Read<T>(result, option, expected);
        }
    }

    private static T Read<T>(ArgumentResult result, Option option, string expected)
        where T : struct, INumber<T>
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (T.TryParse(text, style, CultureInfo.InvariantCulture, out T value) && T.IsFinite(value))
        {
            return value;
        }

        result.AddError($"{option.Name} {(text.Length == 0 ? "''" : text)}: must be {expected}.");
        return default;
    }
}
