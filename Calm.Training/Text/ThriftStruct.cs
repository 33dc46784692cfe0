using System.Text;

namespace Calm.Training;

/// <summary>
/// A struct in Thrift's compact protocol, the language of Parquet's footer and page headers: values by the numbers of their
/// fields. Whole numbers and truth values are long, strings byte arrays, lists arrays of such values.
/// </summary>
internal sealed class ThriftStruct
{
    private const int DeepestNesting = 32;

    private readonly Dictionary<int, object> _fields = [];

    private enum Kind
    {
        Stop = 0,
        True = 1,
        False = 2,
        Byte = 3,
        Int16 = 4,
        Int32 = 5,
        Int64 = 6,
        Double = 7,
        Bytes = 8,
        List = 9,
        Set = 10,
        Map = 11,
        Struct = 12,
        Uuid = 13,
    }

    /// <summary>Reads a struct.</summary>
    /// <param name="bytes">The bytes from its beginning on.</param>
    /// <param name="length">The number of bytes that it takes.</param>
    /// <returns>The struct; null if more bytes are needed.</returns>
    /// <exception cref="InvalidDataException">It is broken.</exception>
    public static ThriftStruct? TryParse(ReadOnlySpan<byte> bytes, out int length)
    {
        Reader reader = new(bytes);
        try
        {
            ThriftStruct parsed = reader.Struct(0);
            length = reader.Position;
            return parsed;
        }
        catch (EndOfStreamException)
        {
            length = 0;
            return null;
        }
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public long Number(int field) => TryNumber(field) ?? throw new InvalidDataException($"it lacks number {field}");

    /// <summary>A whole number; null if there is none.</summary>
    public long? TryNumber(int field) => _fields.GetValueOrDefault(field) as long?;

    /// <summary>A whole number within bounds.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is out of them.</exception>
    public int Size(int field, long most = int.MaxValue) =>
        Number(field) is >= 0 and long value && value <= most
            ? (int)value
            : throw new InvalidDataException($"size {field} is out of bounds");

    /// <summary>A text; null if there is none.</summary>
    public string? TryText(int field) => _fields.GetValueOrDefault(field) is byte[] text ? Encoding.UTF8.GetString(text) : null;

    /// <summary>A struct; null if there is none.</summary>
    public ThriftStruct? TryStruct(int field) => _fields.GetValueOrDefault(field) as ThriftStruct;

    /// <summary>The structs of a list; none if there is no list.</summary>
    public IEnumerable<ThriftStruct> Structs(int field) => List(field).OfType<ThriftStruct>();

    /// <summary>The texts of a list; none if there is no list.</summary>
    public IEnumerable<string> Texts(int field) => List(field).OfType<byte[]>().Select(Encoding.UTF8.GetString);

    private object[] List(int field) => _fields.GetValueOrDefault(field) as object[] ?? [];

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Position { get; private set; }

        public ThriftStruct Struct(int depth)
        {
            ThriftStruct result = new();
            int field = 0;
            while (true)
            {
                byte header = Byte();
                Kind kind = (Kind)(header & 0xF);
                if (kind == Kind.Stop)
                {
                    return result;
                }

                field = header >> 4 is > 0 and int step ? field + step : (int)Signed();
                object value = kind == Kind.True ? 1L : kind == Kind.False ? 0L : Value(kind, depth);
                if (!result._fields.TryAdd(field, value))
                {
                    throw new InvalidDataException($"field {field} stands twice");
                }
            }
        }

        private object Value(Kind kind, int depth)
        {
            if (depth > DeepestNesting)
            {
                throw new InvalidDataException("it is nested too deep");
            }

            return kind switch
            {
                Kind.True or Kind.False or Kind.Byte => (long)Byte(), // truth values take a byte in lists only
                Kind.Int16 or Kind.Int32 or Kind.Int64 => Signed(),
                Kind.Double => Take(sizeof(double)).ToArray(),
                Kind.Uuid => Take(16).ToArray(),
                Kind.Bytes => Take(Count(1)).ToArray(),
                Kind.List or Kind.Set => ListOf(depth),
                Kind.Map => MapOf(depth),
                Kind.Struct => Struct(depth + 1),
                _ => throw new InvalidDataException($"type {(int)kind} is unknown"),
            };
        }

        private object[] ListOf(int depth)
        {
            byte header = Byte();
            int count = header >> 4 is < 15 and int few ? few : Count(1);
            return Values(count, (Kind)(header & 0xF), (Kind)(header & 0xF), depth);
        }

        private object[] MapOf(int depth)
        {
            int count = Count(2);
            byte kinds = count == 0 ? (byte)0 : Byte();
            return Values(2 * count, (Kind)(kinds >> 4), (Kind)(kinds & 0xF), depth);
        }

        // Each takes a byte at least, and there are as many: see Count.
        private object[] Values(int count, Kind even, Kind odd, int depth)
        {
            object[] values = new object[count];
            for (int i = 0; i < count; i++)
            {
                values[i] = Value(i % 2 == 0 ? even : odd, depth + 1);
            }

            return values;
        }

        /// <summary>A number of things of so many bytes at least, which must be there before room is made for them.</summary>
        private int Count(int leastBytes)
        {
            ulong count = Unsigned();
            return count > int.MaxValue ? throw new InvalidDataException("a size is too large")
                : (int)count <= (_bytes.Length - Position) / leastBytes ? (int)count
                : throw new EndOfStreamException();
        }

        private long Signed()
        {
            ulong zigzag = Unsigned();
            return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        }

        private ulong Unsigned()
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                byte part = Byte();
                value |= (ulong)(part & 0x7F) << shift;
                if (part < 0x80)
                {
                    return value;
                }
            }

            throw new InvalidDataException("a number does not end");
        }

        private byte Byte() => Take(1)[0];

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > _bytes.Length - Position)
            {
                throw new EndOfStreamException();
            }

            ReadOnlySpan<byte> taken = _bytes.Slice(Position, count);
            Position += count;
            return taken;
        }
    }
}
