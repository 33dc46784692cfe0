using System.Buffers.Binary;

namespace Calm.Kernels;

/// <summary>Reads what ptxas writes: an ELF file of 64 bits, least byte first, with a section of code for each kernel.</summary>
internal static class Cubin
{
    private const int HeaderBytes = 64;

    /// <summary>Bytes of machine code; null if it is no such file.</summary>
    public static int? CodeBytes(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderBytes || !file.StartsWith("\u007fELF"u8))
        {
            return null;
        }

        int start = checked((int)BinaryPrimitives.ReadInt64LittleEndian(file[0x28..]));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(file[0x3a..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[0x3c..]);
        int nameTable = BinaryPrimitives.ReadUInt16LittleEndian(file[0x3e..]);
        int names = Place(file[(start + nameTable * size)..]).Start;
        int bytes = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> section = file[(start + i * size)..];
            ReadOnlySpan<byte> name = file[(names + BinaryPrimitives.ReadInt32LittleEndian(section))..];
            if (name.StartsWith(".text."u8))
            {
                bytes += Place(section).Size;
            }
        }

        return bytes;
    }

    private static (int Start, int Size) Place(ReadOnlySpan<byte> section) => (
        checked((int)BinaryPrimitives.ReadInt64LittleEndian(section[0x18..])),
        checked((int)BinaryPrimitives.ReadInt64LittleEndian(section[0x20..])));
}
