using System.Globalization;

namespace Calm.Training;

/// <summary>Reads a field of a series: a number, or one of the words that stand for a value that is missing.</summary>
internal static class SeriesField
{
    private static readonly HashSet<string> Missing = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "-", "--", "?", ".", "NA", "N/A", "#N/A", "NaN", "null", "none", "nil",
    };

    /// <summary>Whether it says that there is no value.</summary>
    public static bool IsMissing(string field) => Missing.Contains(field.Trim());

    /// <summary>Whether it is a number with a decimal point.</summary>
    public static bool TryNumber(string field, out double value) =>
        // .NET's parser passes over zeros at the end.
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
        && !field.Contains('\0', StringComparison.Ordinal);

    /// <summary>The fault of a field that is neither, and the remedy.</summary>
    public static string Fault(string field) =>
        field.Contains(',', StringComparison.Ordinal) && TryNumber(field.Replace(',', '.'), out _)
            ? $"'{field}' has a comma; write a decimal point, and nothing between thousands"
            : TimeColumn.IsDate(field)
                ? $"'{field}' is a date and no value; time=NAME names the column of times, columns=A,B those to read"
                : $"'{field}' is not a finite number; columns=A,B chooses the columns to read";
}
