namespace Calm.Runtime;

/// <summary>Where what is made once for a machine is kept: tools that scripts fetch, and what tuning found.</summary>
public static class CacheFolder
{
    /// <summary>CALM_CACHE, or .cache/calm in the user's folder.</summary>
    public static string Path => Environment.GetEnvironmentVariable("CALM_CACHE") is { Length: > 0 } named
        ? named
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "calm");
}
