using System.Buffers.Binary;

namespace Calm.Training;

/// <summary>The encodings of texts and small numbers in Parquet pages: Encodings.md of Apache Parquet.</summary>
internal static class ParquetValues
{
    /// <summary>The number of the encoding of <see cref="Integers"/>.</summary>
    public const int RunLengths = 3;

    /// <summary>Texts, each after its length.</summary>
    public static IEnumerable<byte[]> Plain(ReadOnlyMemory<byte> bytes, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int length = bytes.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(bytes.Span) : -1;
            bytes = length >= 0 ? bytes[sizeof(int)..] : throw Short();
            yield return Take(ref bytes, length);
        }
    }

    /// <summary>Texts, all lengths before them.</summary>
    public static IEnumerable<byte[]> DeltaLength(ReadOnlyMemory<byte> bytes, int count)
    {
        int[] lengths = DeltaIntegers(ref bytes, count);
        foreach (int length in lengths)
        {
            yield return Take(ref bytes, length);
        }
    }

    /// <summary>Texts, each as the bytes in which it equals the one before it, and the rest.</summary>
    public static IEnumerable<byte[]> Delta(ReadOnlyMemory<byte> bytes, int count)
    {
        int[] prefixes = DeltaIntegers(ref bytes, count);
        byte[] last = [];
        int at = 0;
        foreach (byte[] rest in DeltaLength(bytes, count))
        {
            int prefix = prefixes[at++];
            last = (uint)prefix <= (uint)last.Length ? [.. last.AsSpan(0, prefix), .. rest] : throw Short();
            yield return last;
        }
    }

    /// <summary>Small numbers, in runs of equal ones and in groups of eight that are packed to so many bits each.</summary>
    public static int[] Integers(ReadOnlySpan<byte> bytes, int bits, int count)
    {
        int[] values = new int[count];
        int done = 0;
        while (done < count)
        {
            ulong header = Unsigned(ref bytes);
            int run = (int)Math.Min(header >> 1, int.MaxValue);
            if ((header & 1) == 0)
            {
                int valueBytes = (bits + 7) / 8;
                int value = 0;
                for (int i = 0; i < valueBytes; i++)
                {
                    value |= Byte(ref bytes) << (8 * i);
                }

                run = Math.Min(run, count - done);
                values.AsSpan(done, run).Fill(value);
                done += run;
                continue;
            }

            int packed = (int)Math.Min(8L * run, count - done);
            Unpack(bytes, bits, values.AsSpan(done, packed));
            done += packed;
            long length = Math.Min((long)run * bits, bytes.Length);
            bytes = bytes[(int)length..];
        }

        return values;
    }

    /// <summary>Numbers in blocks of differences, of which each block knows the smallest.</summary>
    private static int[] DeltaIntegers(ref ReadOnlyMemory<byte> bytes, int count)
    {
        ReadOnlySpan<byte> rest = bytes.Span;
        ulong blockSize = Unsigned(ref rest);
        ulong parts = Unsigned(ref rest);
        ulong total = Unsigned(ref rest);
        long value = Signed(ref rest);
        if (total != (ulong)count || blockSize is 0 or > 1 << 20 || parts is 0 or > 1 << 10 || blockSize % (8 * parts) != 0)
        {
            throw Short();
        }

        int[] values = new int[count];
        int partSize = (int)(blockSize / parts);
        int[] packed = new int[partSize];
        int done = 0;
        if (count > 0)
        {
            values[done++] = Checked(value);
        }

        while (done < count)
        {
            done = ReadBlock(ref rest, values, packed, done, (int)parts, ref value);
        }

        bytes = bytes[^rest.Length..];
        return values;
    }

    private static int ReadBlock(
        ref ReadOnlySpan<byte> rest, int[] values, int[] packed, int done, int parts, ref long value)
    {
        long least = Signed(ref rest);
        ReadOnlySpan<byte> widths = rest.Length >= parts ? rest[..parts] : throw Short();
        rest = rest[parts..];
        foreach (byte bits in widths)
        {
            if (done == values.Length)
            {
                break;
            }

            int length = bits <= 32 ? packed.Length / 8 * bits : throw Short();
            Unpack(rest, bits, packed);
            rest = rest.Length >= length ? rest[length..] : throw Short();
            for (int i = 0; i < packed.Length && done < values.Length; i++)
            {
                value += least + (uint)packed[i];
                values[done++] = Checked(value);
            }
        }

        return done;
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, int bits, Span<int> values)
    {
        if (((long)values.Length * bits + 7) / 8 > bytes.Length)
        {
            throw Short();
        }

        ulong held = 0;
        int heldBits = 0;
        int at = 0;
        ulong mask = (1UL << bits) - 1;
        for (int i = 0; i < values.Length; i++)
        {
            while (heldBits < bits)
            {
                held |= (ulong)bytes[at++] << heldBits;
                heldBits += 8;
            }

            values[i] = (int)(held & mask);
            held >>= bits;
            heldBits -= bits;
        }
    }

    private static byte[] Take(ref ReadOnlyMemory<byte> bytes, int length)
    {
        byte[] taken = (uint)length <= (uint)bytes.Length ? bytes[..length].ToArray() : throw Short();
        bytes = bytes[length..];
        return taken;
    }

    private static int Checked(long value) => value is >= 0 and <= int.MaxValue ? (int)value : throw Short();

    private static long Signed(ref ReadOnlySpan<byte> bytes)
    {
        ulong zigzag = Unsigned(ref bytes);
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }

    private static ulong Unsigned(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Byte(ref bytes);
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Short();
    }

    private static byte Byte(ref ReadOnlySpan<byte> bytes)
    {
        byte first = bytes.IsEmpty ? throw Short() : bytes[0];
        bytes = bytes[1..];
        return first;
    }

    private static InvalidDataException Short() => new("the values of a page are broken");
}
