using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm tokenizer train|encode|decode</c>.</summary>
internal static class TokenizerCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "tokenizer",
            "Train a byte-level BPE tokenizer, and turn text into ids and back. "
            + "Example: calm tokenizer train --data books/ --out tokenizer.json");
        command.Subcommands.Add(Train(terminal));
        command.Subcommands.Add(Encode(terminal));
        command.Subcommands.Add(Decode(terminal));
        return command;
    }

    private static Command Train(Terminal terminal)
    {
        Command command = new(
            "train", "Train a tokenizer. Example: calm tokenizer train --data books/ --vocabulary 4096 --out tokenizer.json");
        CorpusOptions corpus = new(command, tokenizer: false, series: false);
        Option<int> vocabulary = new("--vocabulary") { Description = "Number of ids", DefaultValueFactory = _ => 4096 };
        Option<string> output = new("--out") { Description = "File to write", DefaultValueFactory = _ => "tokenizer.json" };
        command.Options.Add(vocabulary);
        command.Options.Add(output);
        command.SetAction(parsed =>
        {
            string file = parsed.GetValue(output)!;
            OutputFile.Require(file, parsed.GetValue((Option<string[]>)corpus.Data));
            BpeTokenizer tokenizer = corpus.WithDocuments(parsed, "training a tokenizer", terminal, documents =>
                BpeTrainer.Train(documents, parsed.GetValue(vocabulary), remark: terminal.Error.WriteLine));
            TokenizerFile.Save(tokenizer, file);
            terminal.Result(
                new { file, vocabulary = tokenizer.VocabularySize },
                writer => writer.WriteLine($"{file}: {tokenizer.VocabularySize} ids"));
            string data = corpus.TypedData(parsed) is { } typed ? $"{typed} " : "";
            terminal.Next(NextStep.Command($"train autoencoder {data}--tokenizer", file));
            return 0;
        });
        return command;
    }

    private static Command Encode(Terminal terminal)
    {
        Command command = new("encode", "Turn text into ids. Example: calm tokenizer encode --text \"Hello\" --tokenizer t.json");
        Option<string> file = new("--tokenizer") { Description = "tokenizer.json, or bytes", DefaultValueFactory = _ => "bytes" };
        Option<string> text = new("--text") { Description = "The text", Required = true };
        command.Options.Add(file);
        command.Options.Add(text);
        command.SetAction(parsed =>
        {
            int[] ids = Open(parsed.GetValue(file)!).Encode(parsed.GetValue(text)!);
            terminal.Result(new { ids }, writer => writer.WriteLine(string.Join(' ', ids)));
            return 0;
        });
        return command;
    }

    private static Command Decode(Terminal terminal)
    {
        Command command = new("decode", "Turn ids into text. Example: calm tokenizer decode 72 101 108 --tokenizer bytes");
        Option<string> file = new("--tokenizer") { Description = "tokenizer.json, or bytes", DefaultValueFactory = _ => "bytes" };
        Argument<int[]> ids = new("ids") { Description = "The ids" };
        command.Options.Add(file);
        command.Arguments.Add(ids);
        command.SetAction(parsed =>
        {
            ITokenizer tokenizer = Open(parsed.GetValue(file)!);
            foreach (int id in parsed.GetValue(ids)!)
            {
                if ((uint)id >= (uint)tokenizer.VocabularySize)
                {
                    throw new CalmException($"tokenizer decode: id {id} is not in 0..{tokenizer.VocabularySize - 1}.");
                }
            }

            string text = tokenizer.DecodeText(parsed.GetValue(ids)!);
            terminal.Result(new { text }, writer => writer.WriteLine(text));
            return 0;
        });
        return command;
    }

    /// <summary>The tokenizer that a name stands for.</summary>
    internal static ITokenizer Open(string name) =>
        name == TokenizerFile.BytesType ? new ByteTokenizer() : TokenizerFile.Load(name);
}
