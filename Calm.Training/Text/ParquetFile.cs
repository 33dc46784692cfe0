using System.Buffers.Binary;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The text column of a row group.</summary>
/// <param name="Codec">The compression of its pages.</param>
/// <param name="Values">Rows.</param>
/// <param name="Start">Its first byte in the file.</param>
/// <param name="End">The byte after its last.</param>
internal readonly record struct ParquetChunk(int Codec, long Values, long Start, long End);

/// <summary>The footer of a Parquet file: the place of a column of text in it.</summary>
/// <remarks>
/// Read by ourselves instead of by a library, because a file must not be able to hurt: every size is checked before room is made
/// for it, other columns are never looked at, and the bytes of a text stay as they are. Layout: parquet.thrift of Apache
/// Parquet; the numbers below are those of its fields.
/// </remarks>
internal sealed class ParquetFile
{
    private const int TailBytes = 8; // the footer's length and the mark
    private const int MostFooterBytes = 1 << 24;
    private const int MostNames = 12;
    private const int LongestPath = 1 << 12;
    private const int ByteArrayType = 6;
    private const int Optional = 1;
    private const int Repeated = 2;

    // Values take no room if all are null; a file of little more than them is refused.
    private const int FewValues = 1 << 20;
    private const int MostValuesOfByte = 64;
    private const long MostValues = 1L << 40; // whose sum over all row groups does not overflow

    private readonly Stream _file;
    private readonly string _name;
    private readonly string _field;

    /// <summary>Reads the footer.</summary>
    /// <param name="file">The file, which can seek.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="field">The column; <c>a.b</c> is b in the struct a.</param>
    /// <exception cref="CalmException">The file is damaged, or has no such column of text.</exception>
    public ParquetFile(Stream file, string name, string field)
    {
        (_file, _name, _field) = (file, name, field);
        ThriftStruct footer;
        try
        {
            footer = ReadFooter();
            LevelBits = FindColumn(footer);
            Chunks = [.. footer.Structs(4).Select(ChunkOf)];
        }
        catch (InvalidDataException failure)
        {
            throw new CalmException($"{name}: is no whole Parquet file: {failure.Message}; get it again.", failure);
        }

        if (Chunks.Sum(chunk => chunk.Values) > FewValues + MostValuesOfByte * file.Length)
        {
            throw new CalmException($"{name}: announces more rows than a file of its size can hold; get it again.");
        }
    }

    /// <summary>The text column, by row groups.</summary>
    public IReadOnlyList<ParquetChunk> Chunks { get; }

    /// <summary>Bits of the number that tells how much of a value's path is there: all, or it is null; 0 for no nulls.</summary>
    public int LevelBits { get; }

    /// <summary>That number of a value that is there.</summary>
    public int WholeLevel { get; private set; }

    private ThriftStruct ReadFooter()
    {
        Span<byte> tail = stackalloc byte[TailBytes];
        if (_file.Length < FileKind.Parquet.Length + TailBytes)
        {
            throw new InvalidDataException("it is too short");
        }

        _file.Position = _file.Length - TailBytes;
        _file.ReadExactly(tail);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (!tail[4..].SequenceEqual(FileKind.Parquet))
        {
            throw new InvalidDataException("its end is missing");
        }

        if (length > Math.Min(MostFooterBytes, _file.Length - TailBytes))
        {
            throw new InvalidDataException($"its footer has {length} bytes");
        }

        byte[] bytes = new byte[length];
        _file.Position = _file.Length - TailBytes - length;
        _file.ReadExactly(bytes);
        return ThriftStruct.TryParse(bytes, out _) ?? throw new InvalidDataException("its footer ends too early");
    }

    /// <summary>Finds the column in the schema, a tree in the order of a walk through it.</summary>
    private int FindColumn(ThriftStruct footer)
    {
        ThriftStruct[] schema = [.. footer.Structs(2)];
        List<string> texts = [];
        Stack<(string Path, long Left, int Level, bool IsList)> groups = new();
        groups.Push(("", schema.Length == 0 ? 0 : schema[0].TryNumber(5) ?? 0, 0, false));
        foreach (ThriftStruct element in schema.Skip(1))
        {
            while (groups.TryPeek(out var done) && done.Left == 0)
            {
                groups.Pop();
            }

            if (!groups.TryPop(out var group))
            {
                throw new InvalidDataException("its schema is no tree");
            }

            groups.Push(group with { Left = group.Left - 1 });
            string path = $"{group.Path}{(group.Path.Length == 0 ? "" : ".")}{element.TryText(4)}";
            int level = group.Level + (element.TryNumber(3) is Optional or Repeated ? 1 : 0);
            bool isList = group.IsList || element.TryNumber(3) == Repeated;
            if (element.TryNumber(5) is > 0 and long children)
            {
                groups.Push(path.Length <= LongestPath
                    ? (path, children, level, isList)
                    : throw new InvalidDataException("the name of a column is too long"));
            }
            else if (path == _field)
            {
                WholeLevel = level;
                return RequireText(element, isList, level);
            }
            else if (IsMarkedText(element) && !isList && texts.Count < MostNames)
            {
                texts.Add(path);
            }
        }

        throw MissingField.Of(_name, _field, texts, texts.FirstOrDefault());
    }

    private int RequireText(ThriftStruct element, bool isList, int level) =>
        isList
            ? throw new CalmException(
                $"{_name}: its column \"{_field}\" holds lists, expected one text a row; name another column.")
        : element.TryNumber(1) != ByteArrayType
            ? throw new CalmException($"{_name}: its column \"{_field}\" is no text; name another column.")
        : 32 - int.LeadingZeroCount(level);

    private static bool IsMarkedText(ThriftStruct element) =>
        element.TryNumber(6) == 0 || element.TryStruct(10)?.TryStruct(1) is not null;

    private ParquetChunk ChunkOf(ThriftStruct rowGroup)
    {
        ThriftStruct column = rowGroup.Structs(1).Select(chunk => chunk.TryStruct(3)).OfType<ThriftStruct>()
            .FirstOrDefault(column => string.Join('.', column.Texts(3)) == _field)
            ?? throw new InvalidDataException($"a row group lacks the column {_field}");
        long data = column.Number(9);
        long start = column.TryNumber(11) is > 0 and long dictionary ? Math.Min(data, dictionary) : data;
        long values = column.Number(5);
        long length = column.Number(7);
        bool isInside = start >= 0 && length >= 0 && length <= _file.Length && start <= _file.Length - length;
        return isInside && values is >= 0 and <= MostValues
            ? new ParquetChunk(column.Size(4), values, start, start + length)
            : throw new InvalidDataException("a column lies outside of the file");
    }
}
