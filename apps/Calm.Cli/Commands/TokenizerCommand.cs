using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm tokenizer train|encode|decode|convert</c>.</summary>
internal static class TokenizerCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "tokenizer",
            "Train a byte-level BPE tokenizer, turn text into ids and back, and convert published tokenizers. "
            + "Example: calm tokenizer train --data books/ --out tokenizer.json");
        command.Subcommands.Add(Train(terminal));
        command.Subcommands.Add(Encode(terminal));
        command.Subcommands.Add(Decode(terminal));
        command.Subcommands.Add(Convert(terminal));
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
        Option<string> file = Tokenizer();
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
        Option<string> file = Tokenizer();
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

    private static Command Convert(Terminal terminal)
    {
        Command command = new(
            "convert",
            "Write a tokenizer as a tokenizer.json with its configuration, for this program and others. "
            + "Example: calm tokenizer convert llama3/tokenizer.model --out tokenizers/llama3");
        Argument<string> source = new("tokenizer")
        {
            Description = "A tokenizer.json, ranks of tiktoken or Llama 3, or a folder with one",
        };
        Option<string> output = new("--out") { Description = "Folder to write", Required = true };
        Option<string?> split = new("--split")
        {
            Description = $"How ranks cut text into words: {TokenizerFile.SplitNames}; default: by their number",
        };
        command.Arguments.Add(source);
        command.Options.Add(output);
        command.Options.Add(split);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(source)!;
            string folder = parsed.GetValue(output)!;
            foreach (string name in TokenizerFile.ExportedNames)
            {
                OutputFile.Require(Path.Combine(folder, name), path, Path.Combine(path, name));
            }

            ITokenizer tokenizer = TokenizerFile.Load(path, pattern: parsed.GetValue(split));
            if (!TokenizerFile.Export(tokenizer, folder))
            {
                terminal.Error.WriteLine($"{folder}: only this program reads a tokenizer of {tokenizer.Name}.");
            }

            terminal.Result(
                new
                {
                    folder,
                    kind = tokenizer.Name,
                    vocabulary = tokenizer.VocabularySize,
                    begin = tokenizer.Begin,
                    end = tokenizer.EndOfText,
                    pad = tokenizer.Pad,
                    hash = tokenizer.Hash,
                },
                writer => writer.WriteLine(
                    $"{folder}: {tokenizer.VocabularySize} ids, begin {tokenizer.Begin}, end of text {tokenizer.EndOfText}, "
                    + $"padding {tokenizer.Pad}, hash {tokenizer.Hash[..8]}"));
            return 0;
        });
        return command;
    }

    private static Option<string> Tokenizer() => new("--tokenizer")
    {
        Description = "bytes, or a tokenizer: its file or folder",
        DefaultValueFactory = _ => "bytes",
    };

    internal static ITokenizer Open(string name) =>
        name == TokenizerFile.BytesType ? new ByteTokenizer() : TokenizerFile.Load(name);
}
