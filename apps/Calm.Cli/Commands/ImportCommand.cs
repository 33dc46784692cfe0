using System.CommandLine;

namespace Calm.Cli;

/// <summary><c>calm import DIR|FILE --run RUN</c>: makes a run of a published checkpoint.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "import",
            "Make a run of a checkpoint in the layout of the published code or of transformers: an autoencoder, CALM with any "
            + "head, or a Llama; safetensors or pytorch_model.bin. Example: calm import CALM-M --run runs/calm-m");
        Argument<string> source = new("source")
        {
            Description = "Folder of the checkpoint, or a file of weights beside its config.json",
        };
        Option<string> run = new("--run") { Description = "Folder of the run, empty or not there", Required = true };
        Option<string?> autoencoder = new("--autoencoder")
        {
            Description = "CALM: folder of its autoencoder, in place of the configuration's ae_path",
        };
        Option<string?> tokenizer = new("--tokenizer")
        {
            Description = "Its tokenizer: a file or folder, bytes, or ids (text is written as numbers). Default: the one beside "
                + "the weights, without one ids",
        };
        command.Arguments.Add(source);
        command.Options.Add(run);
        command.Options.Add(autoencoder);
        command.Options.Add(tokenizer);
        command.SetAction(parsed =>
        {
            string from = parsed.GetValue(source)!;
            string path = parsed.GetValue(run)!;
            if ((RunFolder.Exists(from) ? from : RunFolder.OfCheckpoint(from)) is { } already)
            {
                throw new UsageException($"{already}: is a run already; use it, or calm export it.");
            }

            if (!ImportedRun.IsFree(path))
            {
                OutputFolder.RequireEmpty(run.Name, path);
            }

            using RunLock writer = RunLock.Take(path);
            RunFolder folder = terminal.During($"reading {from}", _ => ImportedRun.Create(
                path, from, parsed.GetValue(autoencoder),
                ids => ImportedTokenizer.Choose(parsed.GetValue(tokenizer), from, ids, terminal)));
            RunSummary summary = RunSummary.Of(folder);
            terminal.Result(summary.Json(), summary.Write);
            NextStep.AfterImport(terminal, summary.Stage, path);
            return 0;
        });
        return command;
    }
}
