using System.Text;

namespace Calm.Training;

/// <summary>
/// The alphabet in which files of byte-level tokenizers write bytes: each byte is one visible character. Those that Latin-1 shows
/// stand for themselves; the others are the characters from U+0100 on, in their order.
/// </summary>
/// <remarks>Source: Radford et al. 2019 (GPT-2), and every tokenizer.json with a ByteLevel part.</remarks>
internal static class ByteAlphabet
{
    private const int FirstOther = 0x100;

    private static readonly char[] CharacterOf = Characters();
    private static readonly Dictionary<char, byte> ByteOf =
        Enumerable.Range(0, 256).ToDictionary(value => CharacterOf[value], value => (byte)value);

    /// <summary>Bytes in characters.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        foreach (byte value in bytes)
        {
            text.Append(CharacterOf[value]);
        }

        return text.ToString();
    }

    /// <summary>The bytes of characters; null if one is not of the alphabet.</summary>
    public static byte[]? TryRead(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (!ByteOf.TryGetValue(text[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static char[] Characters()
    {
        char[] characters = new char[256];
        int other = FirstOther;
        for (int value = 0; value < characters.Length; value++)
        {
            bool isVisible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = (char)(isVisible ? value : other++);
        }

        return characters;
    }
}
