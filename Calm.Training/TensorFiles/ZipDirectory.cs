using System.Buffers.Binary;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The directory of a ZIP archive whose members are stored, not compressed, so that each is a range of bytes of the file.
/// Archives above 4 GB (ZIP64) are read too. Everything is checked, as files may come from untrusted sources.
/// </summary>
/// <remarks>Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3.</remarks>
internal sealed class ZipDirectory
{
    private const uint EndMark = 0x06054b50;
    private const uint End64Mark = 0x06064b50;
    private const uint Locator64Mark = 0x07064b50;
    private const uint MemberMark = 0x02014b50;
    private const uint LocalMark = 0x04034b50;
    private const int EndBytes = 22;
    private const int End64Bytes = 56;
    private const int LocatorBytes = 20;
    private const int MemberBytes = 46;
    private const int LocalBytes = 30;
    private const int LongestComment = ushort.MaxValue;

    // A member of the directory takes at least 46 bytes, so that this is about 700,000 of them.
    private const int LongestDirectory = 1 << 25;

    private readonly TensorBytes _file;
    private readonly Dictionary<string, (long Start, long Length)> _members = new(StringComparer.Ordinal);

    private ZipDirectory(TensorBytes file) => _file = file;

    /// <summary>First byte and length of each member, by name.</summary>
    public IReadOnlyDictionary<string, (long Start, long Length)> Members => _members;

    /// <summary>Reads the directory of an archive.</summary>
    /// <exception cref="CalmException">It is damaged, or a member is compressed or encrypted.</exception>
    public static ZipDirectory Read(TensorBytes file)
    {
        ZipDirectory directory = new(file);
        directory.ReadAll();
        return directory;
    }

    private void ReadAll()
    {
        (long count, long length, long start, long limit) = FindDirectory();
        if (length > LongestDirectory || start < 0 || length < 0 || start > limit - length || count < 0)
        {
            throw Damaged($"the directory of the archive is {length} bytes at {start}");
        }

        byte[] bytes = new byte[length];
        _file.Read(bytes, start);
        ReadOnlySpan<byte> rest = bytes;
        List<(long Start, long End, string Name)> ranges = [];
        for (long i = 0; i < count; i++)
        {
            ranges.Add(ReadMember(ref rest, start));
        }

        if (!rest.IsEmpty)
        {
            throw Damaged($"the directory of the archive has {rest.Length} bytes too many");
        }

        RequireApart(ranges);
    }

    /// <summary>Number of members, length and place of the directory, and the place before which it must end.</summary>
    private (long Count, long Length, long Start, long Limit) FindDirectory()
    {
        byte[] tail = new byte[Math.Min(_file.Length, EndBytes + LongestComment)];
        _file.Read(tail, _file.Length - tail.Length);
        for (int at = tail.Length - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (UInt32(end) == EndMark && UInt16(end[20..]) == end.Length - EndBytes)
            {
                long place = _file.Length - tail.Length + at;
                return FindDirectory64(place) ?? (UInt16(end[10..]), UInt32(end[12..]), UInt32(end[16..]), place);
            }
        }

        throw Damaged("it is no ZIP archive, or was cut short");
    }

    private (long Count, long Length, long Start, long Limit)? FindDirectory64(long end)
    {
        if (end < LocatorBytes)
        {
            return null;
        }

        Span<byte> locator = stackalloc byte[LocatorBytes];
        _file.Read(locator, end - LocatorBytes);
        if (UInt32(locator) != Locator64Mark)
        {
            return null;
        }

        long place = Int64(locator[8..]);
        if (place < 0 || place > end - LocatorBytes - End64Bytes)
        {
            throw Damaged($"the directory's end is said to be at byte {place}");
        }

        Span<byte> record = stackalloc byte[End64Bytes];
        _file.Read(record, place);
        return UInt32(record) == End64Mark
            ? (Int64(record[32..]), Int64(record[40..]), Int64(record[48..]), place)
            : throw Damaged($"the directory's end is not at byte {place}");
    }

    private (long Start, long End, string Name) ReadMember(ref ReadOnlySpan<byte> rest, long limit)
    {
        if (rest.Length < MemberBytes || UInt32(rest) != MemberMark)
        {
            throw Damaged("the directory of the archive ends too early");
        }

        int nameLength = UInt16(rest[28..]);
        int extraLength = UInt16(rest[30..]);
        int total = MemberBytes + nameLength + extraLength + UInt16(rest[32..]);
        if (total > rest.Length)
        {
            throw Damaged("a name in the directory of the archive is cut short");
        }

        string name = Encoding.UTF8.GetString(rest.Slice(MemberBytes, nameLength));
        RequireName(name);
        if (UInt16(rest[10..]) != 0 || (UInt16(rest[8..]) & 1) != 0)
        {
            throw new CalmException(
                $"{_file.Path}: member {Quote.Name(name)} is compressed or encrypted, which torch.save never does; "
                + "save the model again with it.");
        }

        long packed = UInt32(rest[20..]);
        long length = UInt32(rest[24..]);
        long header = UInt32(rest[42..]);
        ReadExtra(rest.Slice(MemberBytes + nameLength, extraLength), ref length, ref packed, ref header);
        rest = rest[total..];
        long start = DataStart(header, limit, name);
        if (length != packed || length < 0 || length > limit - start)
        {
            throw Damaged($"member {Quote.Name(name)} has {length} bytes at {start}, outside the file");
        }

        return _members.TryAdd(name, (start, length))
            ? (header, start + length, name)
            : throw Damaged($"member {Quote.Name(name)} occurs twice");
    }

    // Numbers that do not fit 32 bits follow in a field of their own, in this order.
    private static void ReadExtra(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long header)
    {
        const int zip64 = 1;
        while (extra.Length >= 4)
        {
            int size = Math.Min(UInt16(extra[2..]), extra.Length - 4);
            if (UInt16(extra) == zip64)
            {
                ReadOnlySpan<byte> values = extra.Slice(4, size);
                Take(ref values, ref length);
                Take(ref values, ref packed);
                Take(ref values, ref header);
            }

            extra = extra[(4 + size)..];
        }

        static void Take(ref ReadOnlySpan<byte> values, ref long number)
        {
            if (number == uint.MaxValue && values.Length >= sizeof(long))
            {
                number = Int64(values);
                values = values[sizeof(long)..];
            }
        }
    }

    private long DataStart(long header, long limit, string name)
    {
        if (header < 0 || header > limit - LocalBytes)
        {
            throw Damaged($"member {Quote.Name(name)} is said to be at byte {header}");
        }

        Span<byte> local = stackalloc byte[LocalBytes];
        _file.Read(local, header);
        long start = header + LocalBytes + UInt16(local[26..]) + UInt16(local[28..]);
        return UInt32(local) == LocalMark && start <= limit
            ? start
            : throw Damaged($"member {Quote.Name(name)} is not at byte {header}");
    }

    private void RequireName(string name)
    {
        bool isPath = name.Length > 0 && !name.Contains('\0', StringComparison.Ordinal) && name[0] != '/'
            && !name.Contains('\\', StringComparison.Ordinal) && !name.Split('/').Contains("..");
        if (!isPath)
        {
            throw Damaged($"member {Quote.Name(name)} has a name that no archive of weights has");
        }
    }

    private void RequireApart(List<(long Start, long End, string Name)> ranges)
    {
        ranges.Sort();
        for (int i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start < ranges[i - 1].End)
            {
                string previous = Quote.Name(ranges[i - 1].Name);
                throw Damaged($"member {Quote.Name(ranges[i].Name)} starts inside {previous}");
            }
        }
    }

    private CalmException Damaged(string what) => new($"{_file.Path}: {what}; the file is damaged, get it again.");

    private static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long Int64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
