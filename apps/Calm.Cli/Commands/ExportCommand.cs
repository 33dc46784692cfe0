using System.CommandLine;
using Calm.Runtime;

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

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "export",
            "Write the model of a run in the layout of the published code and of transformers: configuration, safetensors, "
            + "tokenizer. Example: calm export runs/calm --to calm-export");
        Argument<string> run = new("run") { Description = "Run folder of calm train, calm import or a demo" };
        Option<string> to = new("--to") { Description = "Folder to write, empty or not there", Required = true };
        Option<string> type = new("--dtype")
        {
            Description = "Type of the weights; a shorter one is rounded",
            DefaultValueFactory = _ => "float32",
        };
        type.TakeOneOf([.. Types.Keys]);
        command.Arguments.Add(run);
        command.Options.Add(to);
        command.Options.Add(type);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(run)!;
            string folder = parsed.GetValue(to)!;
            RequireEmpty(folder);
            IReadOnlyList<string> files = terminal.During(
                $"writing {folder}",
                _ => ExportedModel.Write(RunFolder.OpenModel(path), folder, Types[parsed.GetValue(type)!]));
            terminal.Result(
                new { run = path, folder, files },
                writer => writer.WriteLine($"{folder}: {string.Join(", ", files)}"));
            return 0;
        });
        return command;
    }

    private static void RequireEmpty(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new UsageException($"--to {folder}: is not empty, and an export replaces nothing; name another folder.");
        }
    }
}
