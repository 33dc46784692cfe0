using System.CommandLine;

namespace Calm.Cli;

/// <summary><c>calm data stats</c>.</summary>
internal static class DataCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("data", "Look at text before it is learnt. Example: calm data stats books/");
        command.Subcommands.Add(Stats(terminal));
        return command;
    }

    private static Command Stats(Terminal terminal)
    {
        Command command = new(
            "stats",
            "Count the documents, bytes, tokens and exact duplicates of a text. "
            + "Example: calm data stats books/ news.jsonl.gz --tokenizer tokenizer.json");
        Argument<string[]> paths = new("paths") { Description = TextSourceOptions.Paths, Arity = ArgumentArity.OneOrMore };
        Option<string> tokenizer = new("--tokenizer")
        {
            Description = "bytes, or a tokenizer: its file or folder",
            DefaultValueFactory = _ => TokenizerFile.BytesType,
        };
        command.Arguments.Add(paths);
        command.Options.Add(tokenizer);
        TextSourceOptions sources = new(command);
        command.SetAction(parsed =>
        {
            string[] named = parsed.GetValue(paths)!;
            ITokenizer known = TokenizerCommand.Open(parsed.GetValue(tokenizer)!);
            using StandardInput input = StandardInput.Keep(named, terminal);
            int files = 0;
            TextStatistics counts = terminal.During("counting", activity =>
            {
                TextSource source = sources.Open(parsed, named, input, known, activity);
                files = source.Files.Count;
                return TextStatistics.Of(CorpusOptions.Counted(source.All(), activity), known);
            });
            terminal.Result(Json(files, counts, known), writer => Write(writer, files, counts, known));
            return 0;
        });
        return command;
    }

    private static object Json(int files, TextStatistics counts, ITokenizer tokenizer) => new
    {
        files,
        documents = counts.Documents,
        empty = counts.Empty,
        bytes = counts.Bytes,
        tokens = counts.Tokens,
        bytesPerToken = counts.BytesPerToken,
        tokenizer = tokenizer.Name,
        vocabulary = tokenizer.VocabularySize,
        duplicates = new { documents = counts.Duplicates, bytes = counts.DuplicateBytes },
        longest = new { name = counts.Longest.Name, bytes = counts.Longest.Bytes, tokens = counts.Longest.Tokens },
    };

    private static void Write(TextWriter writer, int files, TextStatistics counts, ITokenizer tokenizer)
    {
        writer.WriteLine(
            $"files       {Readable.Count(files)}\n"
            + $"documents   {Readable.Count(counts.Documents)}, and {Readable.Count(counts.Empty)} that are empty\n"
            + $"bytes       {Readable.Count(counts.Bytes)}\n"
            + $"tokens      {Readable.Count(counts.Tokens)}, {Readable.Short(counts.BytesPerToken)} bytes each; "
            + $"tokenizer {tokenizer.Name}, {Readable.Count(tokenizer.VocabularySize)} ids\n"
            + $"duplicates  {Readable.Count(counts.Duplicates)}, {Readable.Count(counts.DuplicateBytes)} bytes\n"
            + $"longest     {Readable.Count(counts.Longest.Bytes)} bytes, {Readable.Count(counts.Longest.Tokens)} tokens: "
            + $"{counts.Longest.Name}");
    }
}
