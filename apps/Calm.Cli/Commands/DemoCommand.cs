using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm demo</c>: text to trained model to generated text, on this machine, in minutes.</summary>
internal static class DemoCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "demo",
            "Train an autoencoder and a language model on this machine, measure them, and write text. "
            + "Example: calm demo --minutes 5");
        DeviceOptions devices = new(command);
        CorpusOptions corpus = new(command);
        Option<double> minutes = new("--minutes") { Description = "Time to spend", DefaultValueFactory = _ => 6.3 };
        Option<string?> output = new("--out") { Description = "Folder for the run; default: a new one in runs/" };
        Option<ulong> seed = new("--seed") { Description = "Seed of weights, order and noise", DefaultValueFactory = _ => 1 };
        Option<string?> config = new("--config") { Description = "JSON file laid over the preset demo" };
        Option<string[]> set = new("--set") { Description = "A single setting: calm.hidden_size=192" };
        foreach (Option option in new Option[] { minutes, output, seed, config, set })
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            if (parsed.GetValue(minutes) is not (>= 0.1 and <= 100_000))
            {
                throw new UsageException($"--minutes {parsed.GetValue(minutes)}: must be at least 0.1.");
            }

            string folder = parsed.GetValue(output) ?? FreeFolder();
            RunFolder.RequireEmpty(folder);
            RunConfig start = ConfigReader.Read(
                Presets.Get("demo"), parsed.GetValue(config), parsed.GetValue(set) ?? []);
            ConfigCheck.Stage(start, Stage.Autoencoder);
            ConfigCheck.Stage(start, Stage.Calm);
            using Device device = devices.Open(parsed, terminal);
            using Demo demo = new(device, terminal, folder, TimeSpan.FromMinutes(parsed.GetValue(minutes)));
            DemoResult result = demo.Run(
                start, parsed.GetValue(seed), corpus.Name(parsed),
                data => corpus.Build(parsed, data, TextNeed.OfCalm(start), terminal));
            terminal.Result(result, writer => result.Write(writer));
            return 0;
        });
        return command;
    }

    /// <summary>runs/demo, or the first of runs/demo-2, runs/demo-3, ... that is not there.</summary>
    private static string FreeFolder()
    {
        string folder = Path.Combine("runs", "demo");
        for (int number = 2; Directory.Exists(folder); number++)
        {
            folder = Path.Combine("runs", $"demo-{number}");
        }

        return folder;
    }
}
