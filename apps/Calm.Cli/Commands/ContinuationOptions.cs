using System.CommandLine;
using System.Text;
using System.Text.Unicode;

namespace Calm.Cli;

/// <summary>A text to rank, and its place in messages.</summary>
/// <param name="Text">The text; not empty.</param>
/// <param name="Place">The option, or the file and line.</param>
internal sealed record Continuation(string Text, string Place);

/// <summary>The options of <c>calm score</c> for a prompt and what may follow it.</summary>
internal sealed class ContinuationOptions
{
    private const int MostBytes = 1 << 24;
    private const int MostTexts = 100_000;

    private readonly Option<string> _prompt = new("--prompt")
    {
        Description = "The text before; empty, the default, for the beginning of a document", DefaultValueFactory = _ => "",
    };

    private readonly Option<string?> _file = new("--continuations")
    {
        Description = "File with a continuation in each line, spaces at its ends included",
    };

    private readonly Option<string[]> _given = new("--continuation")
    {
        Description = "A continuation; may be repeated", DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _ends = new("--ends") { Description = "The document ends with each continuation" };

    /// <summary>The options.</summary>
    public Option[] Options => [_prompt, _file, _given, _ends];

    /// <summary>The prompt.</summary>
    public string Prompt(ParseResult parsed) => parsed.GetValue(_prompt)!;

    /// <summary>Whether documents end with their continuation.</summary>
    public bool Ends(ParseResult parsed) => parsed.GetValue(_ends);

    /// <summary>The continuations of the command line, then those of the file.</summary>
    /// <exception cref="UsageException">There are none, too many, or one is empty or no text.</exception>
    public Continuation[] Read(ParseResult parsed)
    {
        string? file = parsed.GetValue(_file);
        Continuation[] all =
        [
            .. parsed.GetValue(_given)!.Select((text, i) => new Continuation(text, $"--continuation {i + 1}")),
            .. file is null ? [] : Lines(file),
        ];
        return all.Length > 0
            ? all
            : throw new UsageException(
                "calm score ranks the texts of --continuation or --continuations, or those of --trials; give some.");
    }

    private static List<Continuation> Lines(string file)
    {
        ReadOnlySpan<byte> bytes = BoundedFile.Read(file, MostBytes);
        bytes = bytes.StartsWith(FileLines.Utf8Mark) ? bytes[FileLines.Utf8Mark.Length..] : bytes;
        List<Continuation> lines = [];
        while (!bytes.IsEmpty)
        {
            string place = $"--continuations {file}: line {lines.Count + 1}";
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? bytes : bytes[..end];
            bytes = bytes[(end < 0 ? bytes.Length : end + 1)..];
            string? wrong = line.Trim((byte)'\r').IsEmpty ? "is empty; a continuation needs text"
                : !Utf8.IsValid(line) ? "is no UTF-8 text"
                : lines.Count == MostTexts ? $"is one too many; at most {MostTexts} are ranked"
                : null;
            if (wrong is not null)
            {
                throw new UsageException($"{place}: {wrong}.");
            }

            lines.Add(new Continuation(Encoding.UTF8.GetString(line).TrimEnd('\r'), place));
        }

        return lines.Count > 0
            ? lines
            : throw new UsageException($"--continuations {file}: is empty; it must hold a continuation in each line.");
    }
}
