using System.Text;
using Parquet;

namespace Calm.Faults;

/// <summary>The forms in which text comes.</summary>
internal static class TextReaders
{
    /// <summary>The readers of one thread.</summary>
    public static IEnumerable<Reader> All(Readers.Files files)
    {
        string words = SmallText.Words(60);
        string[] texts = [.. Enumerable.Range(0, 9).Select(i => $"{i} \u00e9 {SmallText.Words(3 * i)}")];
        string lines = string.Concat(
            Enumerable.Range(0, 5).Select(i => $"{{\"id\":{i},\"meta\":{{\"a\":[1]}},\"text\":\"a \\u00e9 b\"}}\n"));
        byte[] array = Forms.JsonArray(texts);
        int[] ids = [258, .. Enumerable.Range(0, 200).Select(i => i % 40 == 39 ? 257 : i)];
        yield return Of("text", 2, Encoding.UTF8.GetBytes(words), "text.txt");
        yield return Of("text of several", 2, Encoding.UTF8.GetBytes($"{words}\n<|endoftext|>\n{words}"), "several.txt");
        yield return Of("text jsonl", 3, Encoding.UTF8.GetBytes(lines), "text.jsonl");
        yield return Of("text json", 1, Encoding.UTF8.GetBytes(lines), "text.json");
        yield return Of("text json array", 2, array, "array.json");
        yield return files.Json("text json array, by structure", 2, Encoding.UTF8.GetString(array), "array", Read);
        yield return Of("text gzip", 3, Forms.Gzip(Encoding.UTF8.GetBytes(lines)), "text.gz");
        yield return Of("text zstandard", 3, Forms.Zstandard(array), "text.zst");
        yield return Of("text llm.c", 2, Forms.Ids(ids, sizeof(ushort), hasHeader: true), "text.bin");
        yield return Of("text llm.c, 32 bits", 1, Forms.Ids(ids, sizeof(int), hasHeader: true), "wide.bin");
        yield return Of("text nanoGPT", 1, Forms.Ids(ids, sizeof(ushort), hasHeader: false), "bare.bin");
        foreach (CompressionMethod compression in new[]
        {
            CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Gzip, CompressionMethod.Zstd,
        })
        {
            byte[] parquet = Forms.Parquet(texts.Append(null), compression, rowGroup: 5, dictionary: compression == CompressionMethod.Snappy);
            yield return Of($"text parquet, {compression}", 4, parquet, $"{compression}.parquet");
        }

        yield return Of("text parquet, differences", 4, Convert.FromBase64String(Forms.Differences), "differences.parquet");
        yield return Of("text parquet, lengths", 4, Convert.FromBase64String(Forms.Lengths), "lengths.parquet");

        Reader Of(string name, int share, byte[] sample, string file) => files.Bytes(name, share, sample, file, Read);
    }

    private static void Read(string path)
    {
        TextOptions options = new() { Ids = new IdRange(259, 257) };
        DocumentSplit split = new(TextSource.Open(options, path).Documents());
        _ = split.Train.Sum(document => document.Text.Length);
    }
}
