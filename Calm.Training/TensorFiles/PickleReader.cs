using System.Buffers.Binary;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A dictionary of a pickle, in the order of the file.</summary>
internal sealed class PickleDictionary
{
    /// <summary>Keys and values.</summary>
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>A function or class that a pickle names. The reader runs none.</summary>
internal sealed record PickleName(string Module, string Name);

/// <summary>The functions of the format that a pickle is of.</summary>
internal interface IPickleFormat
{
    /// <summary>Whether a pickle may name this function or class.</summary>
    bool Knows(PickleName name);

    /// <summary>The value that a function or class makes of arguments.</summary>
    /// <exception cref="FormatException">It takes other arguments.</exception>
    object? Make(PickleName name, object?[] arguments);

    /// <summary>The object that a persistent id stands for.</summary>
    /// <exception cref="FormatException">It stands for none.</exception>
    object Find(object? persistentId);
}

/// <summary>
/// Reads the values of a pickle: numbers, strings, tuples, lists, dictionaries, and those that the format knows how to make.
/// Nothing that the pickle names is run. Any other instruction is refused by name.
/// </summary>
/// <remarks>Source: the Python library's pickletools, which documents each instruction; protocols 2 to 4.</remarks>
internal sealed class PickleReader
{
    // A tensor takes about twenty: enough for 50,000 of them, and at most some 100 MB.
    private const int MostValues = 1_000_000;

    private static readonly object Mark = new();

    private readonly string _where;
    private readonly IPickleFormat _format;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _values;

    private PickleReader(string where, IPickleFormat format) => (_where, _format) = (where, format);

    /// <summary>Reads a pickle.</summary>
    /// <param name="where">Its name in messages.</param>
    /// <param name="bytes">The pickle.</param>
    /// <param name="format">The functions that it may name.</param>
    /// <exception cref="CalmException">It is damaged, or asks for more than values.</exception>
    public static object? Read(string where, ReadOnlySpan<byte> bytes, IPickleFormat format)
    {
        PickleReader reader = new(where, format);
        try
        {
            return reader.ReadAll(bytes);
        }
        catch (FormatException failure)
        {
            throw new CalmException($"{where}: {failure.Message}; the file is damaged, or none of weights alone.", failure);
        }
    }

    private object? ReadAll(ReadOnlySpan<byte> rest)
    {
        while (true)
        {
            byte instruction = Take(ref rest, 1)[0];
            if (instruction == (byte)'.')
            {
                object? result = Pop();
                return _stack.Count == 0 ? result : throw new FormatException("its pickle leaves values over");
            }

            Run(instruction, ref rest);
        }
    }

    private void Run(byte instruction, ref ReadOnlySpan<byte> rest)
    {
        switch ((char)instruction)
        {
            case '\x80': RequireProtocol(Take(ref rest, 1)[0]); break;
            case '\x95': Take(ref rest, sizeof(ulong)); break; // the length of a frame, needed for streams only
            case '(': Push(Mark); break;
            case 'N': Push(null); break;
            case '\x88': Push(true); break;
            case '\x89': Push(false); break;
            case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(ref rest, sizeof(int)))); break;
            case 'K': Push((long)Take(ref rest, 1)[0]); break;
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(ref rest, sizeof(ushort)))); break;
            case '\x8a': Push(Long(Take(ref rest, Take(ref rest, 1)[0]))); break;
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(ref rest, sizeof(double)))); break;
            case 'X': Push(Text(Take(ref rest, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref rest, sizeof(uint)))))); break;
            case '\x8c': Push(Text(Take(ref rest, Take(ref rest, 1)[0]))); break;
            case ')': Push(Array.Empty<object?>()); break;
            case 't': Push(PopToMark()); break;
            case '\x85': Push(PopMany(1)); break;
            case '\x86': Push(PopMany(2)); break;
            case '\x87': Push(PopMany(3)); break;
            case ']': Push(new List<object?>()); break;
            case 'a': Append([Pop()]); break;
            case 'e': Append(PopToMark()); break;
            case '}': Push(new PickleDictionary()); break;
            case 's': SetItems(PopMany(2)); break;
            case 'u': SetItems(PopToMark()); break;
            case 'q': Keep(Take(ref rest, 1)[0]); break;
            case 'r': Keep(BinaryPrimitives.ReadUInt32LittleEndian(Take(ref rest, sizeof(uint)))); break;
            case '\x94': Keep(_memo.Count); break;
            case 'h': Push(Kept(Take(ref rest, 1)[0])); break;
            case 'j': Push(Kept(BinaryPrimitives.ReadUInt32LittleEndian(Take(ref rest, sizeof(uint))))); break;
            case 'c': Push(Named(Line(ref rest), Line(ref rest))); break;
            case '\x93': Push(Named(PopMany(2))); break;
            case 'Q': Push(_format.Find(Pop())); break;
            case 'R': Push(Made(PopMany(2))); break;
            case 'b': SetState(PopMany(1)); break;
            default:
                throw new FormatException($"its pickle has the instruction 0x{instruction:x2}, which no list of weights needs");
        }
    }

    private static void RequireProtocol(byte protocol)
    {
        if (protocol is < 2 or > 5)
        {
            throw new FormatException($"its pickle has protocol {protocol}, expected 2 to 5");
        }
    }

    private PickleName Named(string module, string name)
    {
        PickleName named = new(module, name);
        return _format.Knows(named)
            ? named
            : throw new CalmException(
                $"{_where}: asks for {Quote.Name($"{module}.{name}")}, which no list of weights needs and which is "
                + "not run; get the model as safetensors, or save its state_dict alone.");
    }

    private PickleName Named(object?[] values) =>
        values is [string module, string name] ? Named(module, name) : throw new FormatException("its pickle names no function");

    private object? Made(object?[] values) =>
        values is [PickleName name, object?[] arguments]
            ? _format.Make(name, arguments)
            : throw new FormatException("its pickle calls what is no function");

    // Attributes of a dictionary: versions of modules, which are no weights.
    private void SetState(object?[] state)
    {
        if (state is not [PickleDictionary or object?[] or null] || Top() is not PickleDictionary)
        {
            throw new FormatException("its pickle sets attributes of what is no dictionary");
        }
    }

    private void Append(object?[] values)
    {
        List<object?> list = Top() as List<object?> ?? throw new FormatException("its pickle appends to what is no list");
        list.AddRange(values);
    }

    private void SetItems(object?[] values)
    {
        if (Top() is not PickleDictionary dictionary || values.Length % 2 != 0)
        {
            throw new FormatException("its pickle sets items of what is no dictionary");
        }

        for (int i = 0; i < values.Length; i += 2)
        {
            dictionary.Items.Add((values[i], values[i + 1]));
        }
    }

    private void Keep(long index)
    {
        CountValue();
        _memo[index] = Top();
    }

    private object? Kept(long index) =>
        _memo.TryGetValue(index, out object? value)
            ? value
            : throw new FormatException("its pickle uses a value before it is there");

    private void Push(object? value)
    {
        CountValue();
        _stack.Add(value);
    }

    private void CountValue()
    {
        if (++_values > MostValues)
        {
            throw new FormatException($"its pickle has more than {MostValues} values");
        }
    }

    private object? Top() =>
        _stack.Count > 0 && _stack[^1] != Mark ? _stack[^1] : throw new FormatException("its pickle has too few values");

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        object?[] values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
        {
            throw new FormatException("its pickle ends a list that did not begin");
        }

        object?[] values = [.. _stack.Skip(mark + 1)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, long count)
    {
        if (count > rest.Length)
        {
            throw new FormatException("its pickle is cut short");
        }

        ReadOnlySpan<byte> taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }

    private static string Line(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        string line = Text(Take(ref rest, end < 0 ? long.MaxValue : end));
        rest = rest[1..];
        return line;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException failure)
        {
            throw new FormatException("its pickle has a text that is not UTF-8", failure);
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>A whole number of up to eight bytes, in two's complement.</summary>
    private static long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            throw new FormatException("its pickle has a number of more than 64 bits");
        }

        long value = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        int unused = 8 * (sizeof(long) - bytes.Length);
        return bytes.IsEmpty ? 0 : value << unused >> unused;
    }
}
