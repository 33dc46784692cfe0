using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Calm.Training;

/// <summary>
/// Reads ranks as tiktoken and Llama 3 publish them: a line for each token, its bytes in base 64 and its id. Neighbours merge if
/// together they are a token, those of the smallest id first; a word that is a token is taken whole.
/// </summary>
internal static class TiktokenRanks
{
    /// <summary>Most bytes of a file; the largest published ones have a quarter of it.</summary>
    public const int MostBytes = 1 << 24;

    private const int LongestToken = 512;

    // Files of ranks name neither their expression nor their special tokens; their number tells the family.
    private static readonly Family[] Families =
    [
        new(SplitPattern.Llama3, 128_000, [
            ("<|begin_of_text|>", 128_000), ("<|end_of_text|>", 128_001),
            .. Enumerable.Range(0, 254).Select(i => ($"<|reserved_special_token_{i}|>", 128_002 + i))]),
        new(SplitPattern.Gpt2, 50_256, [("<|endoftext|>", 50_256)]),
        new(SplitPattern.Cl100K, 100_256, [("<|endoftext|>", 100_257)]),
        new(SplitPattern.O200K, 199_998, [("<|endoftext|>", 199_999)]),
    ];

    private sealed record Family(SplitPattern Pattern, int Ranks, (string Content, int Id)[] Special);

    /// <summary>Whether a file begins with a line of ranks.</summary>
    public static bool Are(ReadOnlySpan<byte> file)
    {
        int end = file.IndexOf((byte)'\n');
        return TryLine(end < 0 ? file : file[..end], out _, out _);
    }

    /// <summary>Reads ranks.</summary>
    /// <param name="file">The file.</param>
    /// <param name="pattern">The name of the expression; null to go by the number of ranks.</param>
    /// <param name="added">Special tokens that other files name; if there are none, those of the family.</param>
    /// <exception cref="JsonException">They are damaged, or of no known family.</exception>
    public static TokenizerModel Read(ReadOnlySpan<byte> file, string? pattern, IReadOnlyList<AddedToken> added)
    {
        if (file.Length > MostBytes)
        {
            throw new JsonException($"it has more than {MostBytes >> 20} MB of ranks");
        }

        byte[]?[] tokens = Tokens(file);
        int count = tokens.Count(token => token is not null);
        Family? family = Families.FirstOrDefault(family => family.Ranks == count);
        SplitPattern split = PatternOf(pattern)
            ?? family?.Pattern
            ?? throw new JsonException(
                $"it has {count} ranks, as no known family has, so its expression must be named: {PatternNames}");
        return new TokenizerModel
        {
            Vocabulary = [.. tokens.Select(token => token is null ? null : ByteAlphabet.Write(token))],
            Merges = Merges(tokens),
            IgnoresMerges = true,
            PreTokenizer = PreTokenizerJson.Isolating(split.Regex),
        }.With(added.Count > 0 || family is null
            ? added
            : family.Special.Select(token => new AddedToken(token.Id, token.Content, IsSpecial: true, IsNormalized: false)));
    }

    /// <summary>The names of the expressions.</summary>
    public static string PatternNames => string.Join(", ", SplitPattern.All.Select(known => known.Name));

    private static SplitPattern? PatternOf(string? name) => name is null
        ? null
        : SplitPattern.All.FirstOrDefault(known => known.Name == name)
            ?? throw new JsonException($"the expression {Quote.Of(name)} is not known, expected one of {PatternNames}");

    private static byte[]?[] Tokens(ReadOnlySpan<byte> file)
    {
        List<byte[]?> tokens = [];
        int number = 0;
        foreach (Range range in file.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = file[range].TrimEnd((byte)'\r');
            number++;
            if (line.IsEmpty)
            {
                continue;
            }

            if (!TryLine(line, out byte[] token, out int rank))
            {
                throw new JsonException($"line {number} is not a token of at most {LongestToken} bytes in base 64 and its rank");
            }

            while (tokens.Count <= rank)
            {
                tokens.Add(null);
            }

            tokens[rank] = tokens[rank] is null ? token : throw new JsonException($"line {number} repeats rank {rank}");
        }

        return [.. tokens];
    }

    private static bool TryLine(ReadOnlySpan<byte> line, out byte[] token, out int rank)
    {
        (token, rank) = ([], 0);
        line = line.TrimEnd((byte)'\r');
        int space = line.IndexOf((byte)' ');
        Span<byte> bytes = stackalloc byte[LongestToken];
        if (space <= 0
            || Base64.DecodeFromUtf8(line[..space], bytes, out _, out int length) != OperationStatus.Done
            || length == 0)
        {
            return false;
        }

        token = bytes[..length].ToArray();
        return int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out rank)
            && rank < TokenizerModel.MostIds;
    }

    /// <summary>Every way to make a token of two others, by the token's rank and then by theirs.</summary>
    private static List<(int Left, int Right, int Id)> Merges(byte[]?[] tokens)
    {
        WordTable table = new();
        List<int> idOf = [];
        for (int id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is { } token)
            {
                table.GetOrAdd(token, out bool isNew);
                idOf.Add(isNew ? id : throw new JsonException($"rank {id} has the bytes of another one"));
            }
        }

        List<(int Left, int Right, int Id)> merges = [];
        for (int id = 0; id < tokens.Length; id++)
        {
            int first = merges.Count;
            ReadOnlySpan<byte> token = tokens[id];
            for (int cut = 1; cut < token.Length; cut++)
            {
                int left = table.Find(token[..cut]);
                int right = left < 0 ? -1 : table.Find(token[cut..]);
                if (right >= 0)
                {
                    merges.Add((idOf[left], idOf[right], id));
                }
            }

            merges.Sort(first, merges.Count - first, null);
        }

        return merges;
    }
}
