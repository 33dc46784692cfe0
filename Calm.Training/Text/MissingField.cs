using Calm.Runtime;

namespace Calm.Training;

/// <summary>The error for data without the field that shall be its text.</summary>
internal static class MissingField
{
    /// <summary>Names the fields that are there.</summary>
    /// <param name="where">The place of the data.</param>
    /// <param name="field">The field that is not there.</param>
    /// <param name="names">Fields that are, the first few.</param>
    /// <param name="likely">The one that is probably meant; null for none.</param>
    public static CalmException Of(string where, string field, IReadOnlyCollection<string> names, string? likely)
    {
        string others = names.Count == 0 ? "" : $", but {string.Join(", ", names.Select(name => $"\"{name}\""))}";
        string advice = likely is null ? "" : $": text_field={likely}";
        return new CalmException($"{where}: has no \"{field}\"{others}; name the field that is the text{advice}.");
    }
}
