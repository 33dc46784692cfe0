using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Schema;
using ZstdSharp;

namespace Calm.Tests;

/// <summary>The same texts in the forms in which text comes, made by others' libraries.</summary>
internal static class Forms
{
    public static byte[] JsonLines(IEnumerable<string> texts) => Encoding.UTF8.GetBytes(
        string.Concat(texts.Select((text, i) => JsonSerializer.Serialize(new { id = i, text }) + "\n")));

    public static byte[] JsonArray(IEnumerable<string> texts) => JsonSerializer.SerializeToUtf8Bytes(
        texts.Select((text, i) => new { id = i, meta = new { text = "other" }, text }),
        new JsonSerializerOptions { WriteIndented = true });

    public static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream target = new();
        using (GZipStream gzip = new(target, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return target.ToArray();
    }

    public static byte[] Zstandard(byte[] bytes)
    {
        using Compressor compressor = new();
        return compressor.Wrap(bytes).ToArray();
    }

    /// <summary>Parquet with a column of numbers and one of texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="compression">The compression of pages.</param>
    /// <param name="rowGroup">Rows of a group.</param>
    /// <param name="dictionary">Whether texts are written as places in a dictionary.</param>
    public static byte[] Parquet(
        IEnumerable<string?> texts, CompressionMethod compression = CompressionMethod.Snappy, int rowGroup = 7,
        bool dictionary = false)
    {
        DataField<int> id = new("id");
        DataField<string> text = new("text");
        ParquetOptions options = new() { CompressionMethod = compression };
        options.ColumnEncodingHints["text"] = dictionary ? EncodingHint.Dictionary : EncodingHint.Default;
        using MemoryStream target = new();
        Write().GetAwaiter().GetResult();
        return target.ToArray();

        async Task Write()
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(id, text), target, options);
            foreach (string?[] rows in texts.Chunk(rowGroup))
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                await group.WriteAsync<int>(id, Enumerable.Range(0, rows.Length).ToArray());
                await group.WriteAsync(text, rows);
                group.CompleteValidate();
            }
        }
    }

    /// <summary>Ids of 16 or 32 bits, with the header of llm.c or bare.</summary>
    public static byte[] Ids(IEnumerable<int> ids, int idBytes, bool hasHeader)
    {
        using MemoryStream target = new();
        using BinaryWriter writer = new(target);
        int[] all = [.. ids];
        int[] header = idBytes == sizeof(ushort) ? [20240520, 1, all.Length] : [20240801, 7, all.Length];
        foreach (int number in hasHeader ? header.Concat(new int[253]) : [])
        {
            writer.Write(number);
        }

        foreach (int id in all)
        {
            if (idBytes == sizeof(ushort))
            {
                writer.Write((ushort)id);
            }
            else
            {
                writer.Write(id);
            }
        }

        return target.ToArray();
    }
}
