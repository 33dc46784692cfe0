namespace Calm.Training;

/// <summary>A page of values.</summary>
/// <param name="Values">Their number, nulls included.</param>
/// <param name="Encoding">The way in which they are written, by its number in the format.</param>
/// <param name="IsThere">False for each that is null; null if none is.</param>
/// <param name="Bytes">Those that are there.</param>
internal readonly record struct ParquetPage(int Values, int Encoding, bool[]? IsThere, ReadOnlyMemory<byte> Bytes)
{
    private const int Plain = 0;
    private const int PlainDictionary = 2;
    private const int DeltaLength = 6;
    private const int Delta = 7;
    private const int Dictionary = 8;

    /// <summary>The values; null for null.</summary>
    /// <param name="dictionary">The row group's values by number.</param>
    /// <exception cref="InvalidDataException">The page is broken.</exception>
    /// <exception cref="NotSupportedException">It is written in a way in which no text is.</exception>
    public IEnumerable<byte[]?> Read(byte[][] dictionary)
    {
        bool[]? isThere = IsThere;
        int count = isThere?.Count(there => there) ?? Values;
        IEnumerable<byte[]> values = Encoding switch
        {
            Plain => ParquetValues.Plain(Bytes, count),
            PlainDictionary or Dictionary => OfDictionary(Bytes.Span, dictionary, count),
            DeltaLength => ParquetValues.DeltaLength(Bytes, count),
            Delta => ParquetValues.Delta(Bytes, count),
            int other => throw new NotSupportedException(
                $"its encoding, number {other} of the format, is none of texts; write it again"),
        };
        return isThere is null ? values : WithNulls(values, isThere);
    }

    private static IEnumerable<byte[]?> WithNulls(IEnumerable<byte[]> values, bool[] isThere)
    {
        using IEnumerator<byte[]> next = values.GetEnumerator();
        foreach (bool there in isThere)
        {
            yield return !there ? null : next.MoveNext() ? next.Current : throw new InvalidDataException("values are missing");
        }
    }

    private static IEnumerable<byte[]> OfDictionary(ReadOnlySpan<byte> bytes, byte[][] dictionary, int count)
    {
        int bits = bytes.IsEmpty ? count == 0 ? 0 : -1 : bytes[0];
        if (bits is < 0 or > 32)
        {
            throw new InvalidDataException("the numbers of a page are broken");
        }

        int[] numbers = bits == 0 ? new int[count] : ParquetValues.Integers(bytes[1..], bits, count);
        return numbers.Select(number => (uint)number < (uint)dictionary.Length
            ? dictionary[number]
            : throw new InvalidDataException("a value is not in the dictionary"));
    }
}
