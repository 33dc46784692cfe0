using System.Buffers.Binary;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads the documents of a column of a Parquet file, page after page; what is null is empty.</summary>
internal sealed class ParquetText
{
    private const int FirstHeaderBytes = 1 << 12;
    private const int MostHeaderBytes = 1 << 24;
    private const int DataPage = 0;
    private const int DictionaryPage = 2;
    private const int DataPageOfVersion2 = 3;
    private const int FewValues = 1 << 20;

    private readonly Stream _file;
    private readonly ParquetFile _footer;
    private readonly ExpansionLimit _limit;

    private ParquetText(Stream file, string name, string field, long fileBytes)
    {
        _file = file;
        _footer = new ParquetFile(file, name, field);
        _limit = new ExpansionLimit(name, fileBytes, "write it as .jsonl");
    }

    /// <summary>The documents.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="field">The column.</param>
    /// <param name="progress">Told of bytes that are read; null for nobody.</param>
    /// <exception cref="CalmException">It cannot be read, is damaged, or has no such column.</exception>
    public static IEnumerable<Document> Read(string path, string name, string field, TextProgress? progress)
    {
        using FileStream file = Guard(name, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        ParquetText text = Guard(name, () => new ParquetText(file, name, field, file.Length));
        long number = 0;
        long reported = 0;
        foreach (ParquetChunk chunk in text._footer.Chunks)
        {
            using IEnumerator<byte[]?> values = text.Values(chunk).GetEnumerator();
            while (Guard(name, values.MoveNext))
            {
                number++;
                yield return new Document($"{name}:{number}", values.Current ?? []);
            }

            progress?.Add(Math.Max(0, chunk.End - reported));
            reported = Math.Max(reported, chunk.End);
        }

        progress?.Add(file.Length - reported);
    }

    private static T Guard<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (NotSupportedException failure)
        {
            throw new CalmException($"{name}: {failure.Message}.", failure);
        }
        catch (Exception failure) when (
            failure is InvalidDataException or EndOfStreamException or ArgumentException or OverflowException)
        {
            string reason = failure.Message.ReplaceLineEndings(" ").TrimEnd('.');
            throw new CalmException($"{name}: is damaged: {reason}; get it again.", failure);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(name, failure);
        }
    }

    /// <summary>The values of a row group; null for null.</summary>
    private IEnumerable<byte[]?> Values(ParquetChunk chunk)
    {
        long at = chunk.Start;
        long left = chunk.Values;
        byte[][] dictionary = [];
        while (left > 0)
        {
            ThriftStruct header = ReadHeader(ref at, chunk.End);
            int compressed = header.Size(3, chunk.End - at);
            byte[] page = new byte[compressed];
            _file.Position = at;
            _file.ReadExactly(page);
            at += compressed;
            int kind = header.Size(1);
            if (kind == DictionaryPage)
            {
                dictionary = ReadDictionary(header, page, chunk.Codec);
            }
            else if (kind is DataPage or DataPageOfVersion2)
            {
                ParquetPage data = kind == DataPage
                    ? Page(header, page, chunk.Codec)
                    : PageOfVersion2(header, page, chunk.Codec);
                left -= data.Values;
                if (left < 0)
                {
                    throw new InvalidDataException("pages hold more values than are announced");
                }

                foreach (byte[]? value in data.Read(dictionary))
                {
                    _limit.Add(value?.Length ?? 0);
                    yield return value;
                }
            }
        }
    }

    /// <summary>Reads the header of a page, whose length nobody announces.</summary>
    private ThriftStruct ReadHeader(ref long at, long end)
    {
        for (int wanted = FirstHeaderBytes; ; wanted *= 4)
        {
            byte[] bytes = new byte[Math.Min(wanted, end - at)];
            _file.Position = at;
            _file.ReadExactly(bytes);
            if (ThriftStruct.TryParse(bytes, out int length) is { } header)
            {
                at += length;
                return header;
            }

            if (bytes.Length < wanted || wanted >= MostHeaderBytes)
            {
                throw new InvalidDataException("the header of a page does not end");
            }
        }
    }

    private byte[][] ReadDictionary(ThriftStruct header, byte[] page, int codec)
    {
        ThriftStruct own = header.TryStruct(7) ?? throw new InvalidDataException("a page of a dictionary lacks its header");
        byte[] bytes = Decompress(codec, page, header.Size(2));
        return [.. ParquetValues.Plain(bytes, RequireCount(own.Size(1), bytes.Length))];
    }

    private ParquetPage Page(ThriftStruct header, byte[] page, int codec)
    {
        ThriftStruct own = header.TryStruct(5) ?? throw new InvalidDataException("a page lacks its header");
        byte[] bytes = Decompress(codec, page, header.Size(2));
        int count = RequireCount(own.Size(1), bytes.Length);
        if (_footer.LevelBits == 0)
        {
            return new ParquetPage(count, own.Size(2), null, bytes);
        }

        if (own.Size(3) != ParquetValues.RunLengths)
        {
            throw new NotSupportedException("its levels are bit-packed, as in files of before 2013; write it again");
        }

        int start = sizeof(int);
        int levelBytes = bytes.Length >= start ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : -1;
        return levelBytes >= 0 && levelBytes <= bytes.Length - start
            ? new ParquetPage(
                count, own.Size(2), IsThere(bytes.AsSpan(start, levelBytes), count), bytes.AsMemory(start + levelBytes))
            : throw new InvalidDataException("the levels of a page are longer than it");
    }

    private ParquetPage PageOfVersion2(ThriftStruct header, byte[] page, int codec)
    {
        ThriftStruct own = header.TryStruct(8) ?? throw new InvalidDataException("a page lacks its header");
        int levels = own.Size(5, page.Length);
        int before = own.Size(6, page.Length - levels);
        int start = before + levels;
        int size = header.Size(2) - start;
        byte[] bytes = Decompress(own.TryNumber(7) == 0 ? ParquetCodec.None : codec, page.AsMemory(start), size);
        int count = RequireCount(own.Size(1), bytes.Length);
        return new ParquetPage(
            count, own.Size(4), _footer.LevelBits == 0 ? null : IsThere(page.AsSpan(before, levels), count), bytes);
    }

    private bool[] IsThere(ReadOnlySpan<byte> levels, int count) =>
        Array.ConvertAll(ParquetValues.Integers(levels, _footer.LevelBits, count), level => level == _footer.WholeLevel);

    private byte[] Decompress(int codec, ReadOnlyMemory<byte> page, int size)
    {
        _limit.Require(size);
        return ParquetCodec.Decompress(codec, page, size);
    }

    // Equal values and nulls take no room of their own.
    private static int RequireCount(int count, int bytes) =>
        count <= FewValues + 8L * bytes ? count : throw new InvalidDataException($"a page announces {count} values");
}
