using System.Reflection;

namespace Calm.Training;

/// <summary>The version of Calm.</summary>
internal static class ProgramVersion
{
    /// <summary>As runs and reports record it.</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "unknown";
}
