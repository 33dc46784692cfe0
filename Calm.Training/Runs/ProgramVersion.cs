using System.Reflection;

namespace Calm.Training;

/// <summary>The version of Calm.</summary>
internal static class ProgramVersion
{
    /// <summary>The version in runs and reports.</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "unknown";
}
