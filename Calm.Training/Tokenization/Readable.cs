using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Calm.Training;

/// <summary>Formats numbers and texts for people, the same in every culture.</summary>
internal static partial class Readable
{
    /// <summary>The text for NaN and infinite numbers.</summary>
    public const string Missing = "–";

    private const int MostPercentDecimals = 6;
    private const double Day = 86_400;
    private const double Year = 365.25 * Day;
    private static readonly string[] Prefixes = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];

    /// <summary>A score, raw, as the literature prints it: times 100.</summary>
    public static string Score(double raw) => Fixed(100 * raw, 2);

    /// <summary>The ends of an interval of a score.</summary>
    public static string ScoreInterval(double low, double high) =>
        double.IsFinite(low) && double.IsFinite(high) ? $"{Score(low)} to {Score(high)}" : Missing;

    /// <summary>A share as a percentage. Decimals are added to one below 1 until it is not 100 %.</summary>
    public static string Percent(double share)
    {
        int decimals = 2;
        while (share < 1 && decimals < MostPercentDecimals && Math.Round(100 * share, decimals) >= 100)
        {
            decimals++;
        }

        return double.IsFinite(share) ? Fixed(100 * share, decimals) + "\u00A0%" : Missing;
    }

    /// <summary>A whole number with thousands separators.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number and a noun, which takes an s unless the number is one.</summary>
    public static string Count(long count, string thing) => $"{Count(count)} {thing}{(count == 1 ? "" : "s")}";

    /// <summary>A duration in suitable units.</summary>
    public static string Duration(double seconds)
    {
        if (!(seconds >= 0) || !double.IsFinite(seconds))
        {
            return Missing;
        }

        double whole = Math.Round(seconds);
        return seconds switch
        {
            < 1 => $"{Short(1000 * seconds)}\u00A0ms",
            < 59.95 => $"{Fixed(seconds, 1)}\u00A0s",
            < 3599.5 => $"{Fixed(Math.Floor(whole / 60), 0)}\u00A0min {Fixed(whole % 60, 0)}\u00A0s",
            < 48 * 3600 => $"{Fixed(Math.Floor(whole / 3600), 0)}\u00A0h {Fixed(Math.Floor(whole % 3600 / 60), 0)}\u00A0min",
            < 730 * Day => $"{Fixed(Math.Floor(whole / Day), 0)}\u00A0days {Fixed(Math.Floor(whole % Day / 3600), 0)}\u00A0h",
            < 1e6 * Year => $"{Fixed(Math.Floor(whole / Year), 0)}\u00A0years",
            _ => "over a million years",
        };
    }

    /// <summary>A number to four digits.</summary>
    public static string Short(double value) =>
        !double.IsFinite(value) ? Missing
        : Math.Abs(value) is >= 1000 and < 1e7 ? Fixed(value, 0)
        : Exponent().Replace((value + 0.0).ToString("G4", CultureInfo.InvariantCulture), "e$1$2"); // -0 + 0 is 0

    /// <summary>The exponent of a number in .NET's notation, without its plus sign and leading zeros.</summary>
    [GeneratedRegex(@"E(?:\+|(-))0*(\d+)")]
    private static partial Regex Exponent();

    /// <summary>A number to three digits with a space and the prefix of its unit, which follows: "1.06 T" of FLOP.</summary>
    public static string Amount(double value)
    {
        if (!double.IsFinite(value))
        {
            return Missing + "\u00A0";
        }

        int prefix = 0;
        double scaled = value;
        while (Math.Abs(scaled) >= 999.5 && prefix < Prefixes.Length - 1)
        {
            scaled /= 1000;
            prefix++;
        }

        string text = prefix == 0 && double.IsInteger(value) ? Fixed(value, 0)
            : Fixed(scaled, Math.Abs(scaled) < 9.995 ? 2 : Math.Abs(scaled) < 99.95 ? 1 : 0);
        return $"{text}\u00A0{Prefixes[prefix]}";
    }

    /// <summary>A number in scientific notation, as papers print it: 6.60e20.</summary>
    public static string Scientific(double value, int decimals = 2) =>
        double.IsFinite(value)
            ? value.ToString($"0.{new string('0', decimals)}e0", CultureInfo.InvariantCulture)
            : Missing;

    /// <summary>A number with a fixed number of decimals. Zero has no sign.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value))
        {
            return Missing;
        }

        string text = value.ToString($"N{decimals}", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAnyInRange('1', '9') ? text : text.TrimStart('-');
    }

    /// <summary>
    /// Text that is safe on a page. Control characters become their pictures; characters that are invalid or would reorder
    /// the text around them become U+FFFD. Line breaks and tabs stay.
    /// </summary>
    public static string Text(string text)
    {
        StringBuilder shown = new(text.Length);
        foreach (Rune rune in text.ReplaceLineEndings("\n").EnumerateRunes())
        {
            shown.Append(Shown(rune));
        }

        return shown.ToString();
    }

    private static Rune Shown(Rune rune) => rune.Value switch
    {
        '\n' or '\t' => rune,
        < 0x20 => new Rune(0x2400 + rune.Value), // control pictures, in the order of the controls
        0x7F => new Rune(0x2421),
        >= 0x80 and < 0xA0 => Rune.ReplacementChar,
        0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) => Rune.ReplacementChar,
        int value when (value & 0xFFFE) == 0xFFFE || value is >= 0xFDD0 and <= 0xFDEF => Rune.ReplacementChar,
        _ => rune,
    };
}
