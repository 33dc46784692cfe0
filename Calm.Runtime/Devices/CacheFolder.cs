namespace Calm.Runtime;

/// <summary>The folder for downloaded tools, generated kernels and tuning results, which are kept for each machine.</summary>
public static class CacheFolder
{
    /// <summary>CALM_CACHE, or .cache/calm in the user's folder.</summary>
    public static string Path => Environment.GetEnvironmentVariable("CALM_CACHE") is { Length: > 0 } named
        ? named
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "calm");
}
