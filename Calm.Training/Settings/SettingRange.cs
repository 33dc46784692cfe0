using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Checks settings against their <see cref="RangeAttribute"/>: every number among the settings has one.</summary>
internal static class SettingRange
{
    /// <summary>Checks all numbers of a record of settings.</summary>
    /// <param name="settings">The record.</param>
    /// <param name="section">Its name in messages, such as "calm_training".</param>
    /// <exception cref="SettingException">A number is out of its range, or not finite; the message names both.</exception>
    public static void Check(object settings, string section)
    {
        foreach (PropertyInfo property in settings.GetType().GetProperties())
        {
            if (property.GetCustomAttribute<RangeAttribute>() is { } range
                && property.GetValue(settings) is { } value
                && !IsInside(range, Convert.ToDouble(value, CultureInfo.InvariantCulture)))
            {
                string name = $"{section}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)}";
                throw new SettingException(
                    string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, expected {Words(range)}."));
            }
        }
    }

    /// <summary>A range in words: "1 to 4096", "above 0 and at most 2".</summary>
    public static string Words(RangeAttribute range)
    {
        string least = Number(range.Minimum);
        string most = Number(range.Maximum);
        return (range.MinimumIsExclusive, range.MaximumIsExclusive) switch
        {
            (false, false) => $"{least} to {most}",
            (true, false) => $"above {least} and at most {most}",
            (false, true) => $"at least {least} and below {most}",
            _ => $"above {least} and below {most}",
        };
    }

    // A comparison with NaN is false.
    private static bool IsInside(RangeAttribute range, double value)
    {
        double least = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);
        double most = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        return (range.MinimumIsExclusive ? value > least : value >= least)
            && (range.MaximumIsExclusive ? value < most : value <= most);
    }

    private static string Number(object bound) => Convert.ToString(bound, CultureInfo.InvariantCulture)!;
}
