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
    /// <summary>Parquet by Apache Arrow: 100 rows in a page of version 2, as differences to the row before, in Zstandard.</summary>
    public const string Differences =
        "UEFSMRUGFdIGFfoCXBXIARUWFcgBFQ4VIBUAEQAACe/fv38QARH+/fv379+/Dyi1L/1gmQAdBQAixxcdoKc5/9mHBXOH3wguhy6/Dwq4bW3iYHX4"
        + "vEAELQUoIUgauHcO5N5J7h3k3jkOYpFQtK0x5V+mtP/r8PZV3v6/vRmKiAHBQoO1LWOJrViSthXBaZU4bTudhSIioAsNFhwAAMIfKMw8GPDB5r0A"
        + "+sDGEtl9jMfKCNxBwBpAmEnDTwReOBzNN4TMgDCQGMhvpiG+MAMDKk0b4AMDKk2LsPkEGRwWCBWuAxYAABkWwgwAFQQZLDUAGAZzY2hlbWEVAgAV"
        + "DCUCGAR0ZXh0JQBMHAAAABbIARkcGRwmABwVDBklBg4ZGAR0ZXh0FQwWyAEWhgcWrgMmCEkcFQAVDhUCADwWwgwZBhkmFrIBAAAWtgMVHgAWhgcW"
        + "yAEmCBauAwAoABkcHAAAAHYAAABQQVIx";

    /// <summary>The same rows in a page of version 2, after their lengths, in gzip.</summary>
    public const string Lengths =
        "UEFSMRUGFfYMFeQBXBXIARUWFcgBFQwVIBUAEQAACe/fv38QARH+/fv379+/Dx+LCAAAAAAAAgNrYGSJFGIAgZzMvFQFA4XDK8EMQxjDBINBjBpD"
        + "3IrhIsYYIia41eBRjCkFZxhh2G6EWzExakgymSTb8UgZUxZi1Io48iLXmNr+ojB4yVcMANG7yrIrAwAAGRwWCBWYAhYAABkWwgwAFQQZLDUAGAZz"
        + "Y2hlbWEVAgAVDCUCGAR0ZXh0JQBMHAAAABbIARkcGRwmABwVDBklBgwZGAR0ZXh0FQQWyAEWqg0WmAImCEkcFQAVDBUCADwWwgwZBhkmFrIBAAAW"
        + "oAIVHgAWqg0WyAEmCBaYAgAoABkcHAAAAHYAAABQQVIx";

    /// <summary>The same rows as places in a dictionary, in Snappy.</summary>
    public const string Places =
        "UEFSMRUEFYIBFV5MFQoVABIAAEEwCQAAAGxpbmUgMCDDqRUNCDEgwxkNCDQgwxkNQDMgw6kJAAAAbGluZSAyIMOpFQAVdBV4LBXIARUQFQYVBgAA"
        + "OuQQAAAACe/fv38QARH+/fv379+/DwMZiIRIQTAIGzSAIRACYAiGAIENwiZECqIg2IANwsAQYAgwBAAAGRwWhAEVnAEWAAAZFsIMABUEGSw1ABgG"
        + "c2NoZW1hFQIAFQwlAhgEdGV4dCUATBwAAAAWyAEZHBkcJgAcFQwZNQAGEBkYBHRleHQVAhbIARa4AhaYAiaEASYIKSwVBBUAFQIAFQAVEBUCADwW"
        + "wgwZBhkmFrIBAAAWoAIVIAAWuAIWyAEmCBaYAgAoABkcHAAAAIEAAABQQVIx";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static byte[] JsonLines(IEnumerable<string> texts) => Encoding.UTF8.GetBytes(
        string.Concat(texts.Select((text, i) => JsonSerializer.Serialize(new { id = i, text }) + "\n")));

    public static byte[] JsonArray(IEnumerable<string> texts) => JsonSerializer.SerializeToUtf8Bytes(
        texts.Select((text, i) => new { id = i, meta = new { text = "other" }, text }),
        Indented);

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
