using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads files of token ids: with a header of 256 integers, as llm.c writes them, or bare ids of 16 bits, as nanoGPT does. The
/// tokenizer's end-of-text id stands between documents, before the first or after the last as well, or not.
/// </summary>
/// <remarks>Header, integers of 32 bits: a number that names the kind, its version, the number of ids; the rest is 0.</remarks>
internal sealed class IdFile
{
    private const int HeaderBytes = 256 * sizeof(int);
    private const int BlockBytes = 1 << 16;

    private static readonly (uint Magic, uint Version, int IdBytes)[] Kinds = [(20240520, 1, 2), (20240801, 7, 4)];

    private readonly Stream _file;
    private readonly string _name;
    private readonly IdRange _ids;
    private readonly List<int> _document = [];
    private int _number;

    private IdFile(Stream file, string name, IdRange ids) => (_file, _name, _ids) = (file, name, ids);

    /// <summary>Whether a file begins with a header.</summary>
    public static bool HasHeader(ReadOnlySpan<byte> start)
    {
        uint magic = BinaryPrimitives.TryReadUInt32LittleEndian(start, out uint first) ? first : 0;
        return Kinds.Any(kind => kind.Magic == magic);
    }

    /// <summary>The documents, without the ids that end them.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="ids">The tokenizer's ids; null if it is not known.</param>
    /// <exception cref="CalmException">It is damaged, or holds ids of another tokenizer.</exception>
    public static IEnumerable<Document> Read(Stream file, string name, IdRange? ids) => new IdFile(
        file, name, ids ?? throw new CalmException(
            $"{name}: holds ids, which mean nothing without their tokenizer; give the tokenizer that made them.")).Read();

    private IEnumerable<Document> Read()
    {
        byte[] block = new byte[BlockBytes];
        int start = _file.ReadAtLeast(block.AsSpan(0, HeaderBytes), HeaderBytes, throwOnEndOfStream: false);
        (int idBytes, long left) = Layout(block.AsSpan(0, start));
        bool isBare = left < 0;
        int held = isBare ? start : 0;
        while (isBare || left > 0)
        {
            int wanted = isBare ? block.Length - held : (int)Math.Min(block.Length, left * idBytes);
            int count = held + _file.ReadAtLeast(block.AsSpan(held, wanted), wanted, throwOnEndOfStream: false);
            bool isLast = count < held + wanted;
            held = 0;
            if (isLast && !isBare)
            {
                throw Damaged("is cut short");
            }

            if (count % idBytes != 0)
            {
                throw Damaged("has half an id at its end");
            }

            left -= isBare ? 0 : count / idBytes;
            for (int at = 0; at < count; at += idBytes)
            {
                if (Next(block, at, idBytes) && _document.Count > 0)
                {
                    yield return Take();
                }
            }

            if (isLast)
            {
                break;
            }
        }

        if (!isBare && _file.ReadByte() >= 0)
        {
            throw Damaged("goes on after its last id");
        }

        if (_document.Count > 0)
        {
            yield return Take();
        }
    }

    /// <summary>Bytes of an id and the number of ids, -1 if that is not known.</summary>
    private (int IdBytes, long Count) Layout(ReadOnlySpan<byte> header)
    {
        if (!HasHeader(header))
        {
            return (sizeof(ushort), -1);
        }

        if (header.Length < HeaderBytes)
        {
            throw Damaged("is cut short within its header");
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(header);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        (uint _, uint known, int idBytes) = Kinds.First(kind => kind.Magic == magic);
        return version == known
            ? (idBytes, BinaryPrimitives.ReadUInt32LittleEndian(header[8..]))
            : throw new CalmException($"{_name}: is version {version} of its format, expected {known}; write it again as that.");
    }

    /// <summary>Adds an id to the document, or tells that it ends.</summary>
    private bool Next(byte[] block, int at, int idBytes)
    {
        uint id = idBytes == sizeof(ushort)
            ? BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(at))
            : BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(at));
        if (id >= (uint)_ids.VocabularySize)
        {
            throw new CalmException(
                $"{_name}: holds id {id}, and the tokenizer has {_ids.VocabularySize} ids; give the tokenizer that made it.");
        }

        if (id == (uint)_ids.EndOfText)
        {
            return true;
        }

        if (_document.Count == Array.MaxLength / sizeof(int))
        {
            throw new CalmException(
                $"{_name}: has a document of more than 2 GB of ids; put the end-of-text id {_ids.EndOfText} between documents.");
        }

        _document.Add((int)id);
        return false;
    }

    private Document Take()
    {
        _number++;
        byte[] bytes = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_document)).ToArray();
        _document.Clear();
        return new Document($"{_name}:{_number}", bytes, IsIds: true);
    }

    private CalmException Damaged(string what) => new($"{_name}: {what}; get or write it again.");
}
