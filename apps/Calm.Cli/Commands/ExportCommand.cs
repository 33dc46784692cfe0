using System.CommandLine;

namespace Calm.Cli;

/// <summary><c>calm export RUN --to DIR</c>: writes a model as others read it.</summary>
internal static class ExportCommand
{
    private static readonly Dictionary<string, SafetensorsType> Types = new()
    {
        ["float32"] = SafetensorsType.F32,
        ["bfloat16"] = SafetensorsType.BF16,
        ["float16"] = SafetensorsType.F16,
    };

    private const string Gguf = "gguf";

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "export",
            "Write the model of a run in the layout of the published code and of transformers: configuration, safetensors, "
            + "tokenizer; or a discrete model as GGUF, for llama.cpp. Example: calm export runs/calm --to calm-export");
        Argument<string> run = new("run") { Description = "Run folder of calm train, calm import or a demo" };
        Option<string> to = new("--to")
        {
            Description = "Folder to write, empty or not there; of GGUF the file",
            Required = true,
        };
        Option<string> format = new("--format")
        {
            Description = $"huggingface, or {Gguf} for a run of calm train ar",
            DefaultValueFactory = _ => "huggingface",
        };
        format.TakeOneOf("huggingface", Gguf);
        Option<string> type = new("--dtype")
        {
            Description = "Type of the weights; a shorter one is rounded",
            DefaultValueFactory = _ => "float32",
        };
        type.TakeOneOf([.. Types.Keys]);
        command.Arguments.Add(run);
        command.Options.Add(to);
        command.Options.Add(format);
        command.Options.Add(type);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(run)!;
            string folder = parsed.GetValue(to)!;
            if (parsed.GetValue(format) == Gguf)
            {
                return WriteGguf(terminal, path, folder, Types[parsed.GetValue(type)!]);
            }

            OutputFolder.RequireEmpty(to.Name, folder);
            IReadOnlyList<string> files = terminal.During(
                $"writing {folder}",
                _ => ExportedModel.Write(RunFolder.OpenModel(path), folder, Types[parsed.GetValue(type)!]));
            if (!files.Contains(TokenizerConfig.FileName))
            {
                terminal.Error.WriteLine($"{folder}: only this program reads its tokenizer.");
            }

            terminal.Result(
                new { run = path, folder, files },
                writer => writer.WriteLine($"{folder}: {string.Join(", ", files)}"));
            return 0;
        });
        return command;
    }

    private static int WriteGguf(Terminal terminal, string run, string file, SafetensorsType type)
    {
        if (File.Exists(file))
        {
            throw new UsageException($"--to {file}: is there, and an export replaces nothing; name another file.");
        }

        OutputFile.Require(file);
        string? remark = terminal.During($"writing {file}", _ => ExportedModel.WriteGguf(RunFolder.OpenModel(run), file, type));
        if (remark is not null)
        {
            terminal.Error.WriteLine($"{file}: {remark}.");
        }

        long bytes = new FileInfo(file).Length;
        terminal.Result(new { run, file, bytes }, writer => writer.WriteLine($"{file}: {Readable.Amount(bytes)}B"));
        return 0;
    }
}
