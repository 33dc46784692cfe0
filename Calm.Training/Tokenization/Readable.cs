using System.Globalization;
using System.Text;

namespace Calm.Training;

/// <summary>Formats numbers and texts for people, the same in every culture.</summary>
internal static class Readable
{
    /// <summary>The text for NaN and infinite numbers.</summary>
    public const string Missing = "–";

    private const int MostPercentDecimals = 6;

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
            _ => $"{Fixed(Math.Floor(whole / 3600), 0)}\u00A0h {Fixed(Math.Floor(whole % 3600 / 60), 0)}\u00A0min",
        };
    }

    /// <summary>A number to four digits.</summary>
    public static string Short(double value) =>
        !double.IsFinite(value) ? Missing
        : Math.Abs(value) is >= 1000 and < 1e7 ? Fixed(value, 0)
        : (value + 0.0).ToString("G4", CultureInfo.InvariantCulture); // -0 + 0 is 0

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
