using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Calm.Tests;

/// <summary>Writes archives as torch.save does, and ones that it never would.</summary>
internal sealed class TorchBytes
{
    private readonly List<byte> _pickle = [];
    private readonly Dictionary<string, byte[]> _members = [];

    /// <summary>An archive whose pickle has begun: an ordered dictionary with a mark on it.</summary>
    public TorchBytes() => Op([0x80, 2]).Global("collections", "OrderedDict").Op(")R("u8);

    /// <summary>Instructions as they are.</summary>
    public TorchBytes Op(ReadOnlySpan<byte> instructions)
    {
        _pickle.AddRange(instructions);
        return this;
    }

    /// <summary>The name of a function or class.</summary>
    public TorchBytes Global(string module, string name) => Op(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    /// <summary>A text.</summary>
    public TorchBytes Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Op("X"u8).Op(Int(bytes.Length)).Op(bytes);
    }

    /// <summary>A whole number.</summary>
    public TorchBytes Number(int number) => Op("J"u8).Op(Int(number));

    /// <summary>A key and a tensor, a view of a storage.</summary>
    public TorchBytes Tensor(string name, string storageType, string key, int count, int start, int[] sizes, int[] strides)
    {
        Text(name).Global("torch._utils", "_rebuild_tensor_v2").Op("(("u8).Text("storage").Global("torch", storageType).Text(key)
            .Text("cpu").Number(count).Op("tQ"u8).Number(start);
        Tuple(sizes);
        Tuple(strides);
        return Op([0x89]).Global("collections", "OrderedDict").Op(")RtR"u8);
    }

    /// <summary>A member of the archive.</summary>
    public TorchBytes Member(string name, byte[] bytes)
    {
        _members[name] = bytes;
        return this;
    }

    /// <summary>The instructions so far, and the last ones: set the items, stop.</summary>
    public byte[] Pickle(string end = "u.")
    {
        Op(Encoding.ASCII.GetBytes(end));
        return [.. _pickle];
    }

    /// <summary>The archive with other instructions.</summary>
    public byte[] With(byte[] pickle)
    {
        _pickle.Clear();
        _pickle.AddRange(pickle);
        return ToArray(end: "");
    }

    /// <summary>The archive.</summary>
    /// <param name="compression">Compression of the members; torch.save uses none.</param>
    /// <param name="end">The last instructions: set the items, stop.</param>
    public byte[] ToArray(CompressionLevel compression = CompressionLevel.NoCompression, string end = "u.")
    {
        MemoryStream file = new();
        using (ZipArchive archive = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "m/data.pkl", Pickle(end), compression);
            foreach ((string name, byte[] bytes) in _members)
            {
                Add(archive, $"m/{name}", bytes, compression);
            }
        }

        return file.ToArray();
    }

    private static void Add(ZipArchive archive, string name, byte[] bytes, CompressionLevel compression)
    {
        using Stream member = archive.CreateEntry(name, compression).Open();
        member.Write(bytes);
    }

    private void Tuple(int[] numbers)
    {
        Op("("u8);
        Array.ForEach(numbers, number => Number(number));
        Op("t"u8);
    }

    private static byte[] Int(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
