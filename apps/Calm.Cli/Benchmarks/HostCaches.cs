namespace Calm.Cli;

/// <summary>Sizes of this machine's caches, as Linux tells them.</summary>
internal static class HostCaches
{
    private const string Folder = "/sys/devices/system/cpu/cpu0/cache";

    /// <summary>Bytes of the last cache; null if unknown.</summary>
    public static long? LastBytes()
    {
        if (!Directory.Exists(Folder))
        {
            return null;
        }

        long[] sizes = [.. Directory.EnumerateDirectories(Folder, "index*").Select(BytesOf).OfType<long>()];
        return sizes.Length > 0 ? sizes.Max() : null;
    }

    private static long? BytesOf(string index)
    {
        string file = Path.Combine(index, "size");
        string text = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        long unit = text.LastOrDefault() switch { 'K' => 1L << 10, 'M' => 1L << 20, _ => 1 };
        return long.TryParse(text.TrimEnd('K', 'M'), out long count) ? count * unit : null;
    }
}
