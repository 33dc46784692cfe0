using System.Text;
using System.Text.Json.Nodes;

namespace Calm.Faults;

/// <summary>Changes files at random: JSON by its structure, everything by its bytes.</summary>
internal static class Mutator
{
    private static readonly string[] Numbers =
    [
        "0", "-1", "1", "2", "7", "255", "65536", "2147483647", "2147483648", "-2147483648", "9223372036854775807",
        "99999999999999999999", "1e400", "1e308", "-1e308", "0.5", "1e-400", "NaN", "Infinity", "20000000", "100000000",
    ];

    private static readonly string[] Nodes =
    [
        "null", "[]", "{}", "true", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"", "\"a\\nb\"", "\"../x\"", "[[]]", "[null]",
        "{\"\":null}", "\"NaN\"", "\"\\u001b[31m\"",
    ];

    private static readonly byte[][] Tokens =
    [
        [0], [0xFF], [0xFE], [0xEF, 0xBB, 0xBF], [0xED, 0xA0, 0x80], .. Numbers.Concat(Nodes).Concat(["\r\n", "\n\n", ",", ";", "\"", "\t", ":"])
            .Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>A changed copy.</summary>
    /// <param name="sample">A file that is right.</param>
    /// <param name="isJson">Whether it is one document of JSON.</param>
    /// <param name="random">The choices.</param>
    public static byte[] Change(byte[] sample, bool isJson, Random random)
    {
        byte[] changed = isJson && random.Next(4) > 0 ? ChangeJson(sample, random) : ChangeBytes(sample, random);
        return random.Next(3) == 0 ? ChangeBytes(changed, random) : changed;
    }

    private static byte[] ChangeBytes(byte[] sample, Random random)
    {
        List<byte> bytes = [.. sample];
        for (int change = 1 + random.Next(3); change > 0; change--)
        {
            int at = random.Next(bytes.Count + 1);
            int length = Math.Min(bytes.Count - at, 1 + random.Next(random.Next(8) == 0 ? 64 : 4));
            switch (random.Next(7))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                    break;
                case 4 when random.Next(4) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 5 when at + length <= bytes.Count:
                    bytes.RemoveRange(at, length);
                    bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                    break;
                default:
                    bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] ChangeJson(byte[] sample, Random random)
    {
        JsonNode root = JsonNode.Parse(sample)!;
        string marker = $"\"\u00a7{random.Next():x8}\"";
        string text = root.ToJsonString();
        for (int change = 1 + random.Next(2); change > 0; change--)
        {
            List<JsonNode> all = [];
            Collect(root, all);
            JsonNode node = all[random.Next(all.Count)];
            if (node.Parent is null)
            {
                return Encoding.UTF8.GetBytes(Replacement(random));
            }

            text = Changed(root, node, marker, random);
            try
            {
                root = JsonNode.Parse(text)!;
                _ = root.ToJsonString();
            }
            catch (Exception failure) when (failure is System.Text.Json.JsonException or ArgumentException or InvalidOperationException or NullReferenceException)
            {
                break; // changed beyond what can be changed again
            }
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static string Changed(JsonNode root, JsonNode node, string marker, Random random)
    {
        string own = node.ToJsonString();
        if (random.Next(8) == 0 && node.Parent is JsonObject parent)
        {
            string key = node.GetPropertyName();
            parent.Remove(key);
            string other = random.Next(2) == 0 ? key + "x" : key.ToUpperInvariant();
            parent[other] = random.Next(2) == 0 ? JsonNode.Parse(own) : null;
            return root.ToJsonString();
        }

        node.ReplaceWith(JsonValue.Create(marker));
        string hole = JsonValue.Create(marker)!.ToJsonString();
        string text = root.ToJsonString();
        string replacement = random.Next(10) switch
        {
            0 when node.Parent is null => own,
            0 => $"{own},{hole}:{own}",
            _ => Replacement(random),
        };

        // A key that stands twice: the member is written out again.
        if (replacement.Contains(hole, StringComparison.Ordinal))
        {
            int at = text.IndexOf(hole, StringComparison.Ordinal);
            int colon = text.LastIndexOf('"', Math.Max(0, at - 2));
            int start = colon > 0 ? text.LastIndexOf('"', colon - 1) : -1;
            string key = start >= 0 && at > 0 && text[at - 1] == ':' ? text[start..(colon + 1)] : "\"again\"";
            replacement = at > 0 && text[at - 1] == ':' ? $"{own},{key}:{own}" : $"{own},{own}";
        }

        return text.Replace(hole, replacement, StringComparison.Ordinal);
    }

    private static string Replacement(Random random) => random.Next(12) switch
    {
        0 => new string('[', 1 + random.Next(200)),
        1 => string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70),
        2 => $"[{string.Join(',', Enumerable.Repeat("1", random.Next(300)))}]",
        < 7 => Numbers[random.Next(Numbers.Length)],
        _ => Nodes[random.Next(Nodes.Length)],
    };

    private static void Collect(JsonNode? node, List<JsonNode> all)
    {
        if (node is null)
        {
            return;
        }

        all.Add(node);
        switch (node)
        {
            case JsonObject members:
                foreach ((_, JsonNode? value) in members)
                {
                    Collect(value, all);
                }

                break;
            case JsonArray elements:
                foreach (JsonNode? value in elements)
                {
                    Collect(value, all);
                }

                break;
        }
    }
}
