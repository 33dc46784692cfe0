using System.Globalization;

namespace Calm.Faults;

/// <summary>Values that people and scripts type by mistake.</summary>
internal static class HostileValues
{
    /// <summary>Values that fit no option, or only few.</summary>
    public static readonly string[] All =
    [
        "0", "-1", "1", "NaN", "Infinity", "-Infinity", "1e400", "1e308", "-1e308", "1e-400", "0,5", "1.5", "", " ", "x",
        "2147483647", "2147483648", "-2147483648", "9223372036854775807", "18446744073709551615", "18446744073709551616",
        "99999999999999999999999999999999", "1e9", "0x10", "1_000", "1 000", "+1", "\u0661", "null", "true", "@x",
        "\u001b[31m", "/no/such/path", "folder", "device",
    ];

    /// <summary>The number that a text means to a person; null if it is none.</summary>
    public static double? Meaning(string text)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, style, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
    }

    /// <summary>Whether a value that was read is what was typed.</summary>
    public static bool IsWhatWasTyped(object? value, string text) => value switch
    {
        float single => Meaning(text) is { } number && single == (float)number,
        double number => Meaning(text) == number,
        ulong large => text.TrimStart('+') == large.ToString(CultureInfo.InvariantCulture) || Meaning(text) == large,
        long large => text.TrimStart('+') == large.ToString(CultureInfo.InvariantCulture) || Meaning(text) == large,
        int small => Meaning(text) == small,
        bool flag => text.Equals(flag.ToString(), StringComparison.OrdinalIgnoreCase),
        Enum word => word.ToString().Equals(text.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase),
        null => text == "null",
        _ => true,
    };
}
