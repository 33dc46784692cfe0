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
        Option<string?> prompt = new("--prompt")
        {
            Description = "How the samples begin; default: the first words that are held out",
        };
        foreach (Option option in new Option[] { minutes, output, prompt, seed, config, set })
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            if (parsed.GetValue(minutes) is not (>= 0.1 and <= 100_000))
            {
                throw new UsageException($"--minutes {parsed.GetValue(minutes)}: must be 0.1 to 100000.");
            }

            string folder = parsed.GetValue(output) ?? NextStep.FreeFolder("runs", "demo");
            RunFolder.RequireEmpty(folder);
            RunConfig start = ConfigReader.Read(
                Presets.Get("demo"), parsed.GetValue(config), parsed.GetValue(set) ?? []);
            ConfigCheck.Stage(start, Stage.Autoencoder);
            ConfigCheck.Stage(start, Stage.Calm);
            using Device device = devices.Open(parsed, terminal);
            DemoRequest request = new(
                folder, 60 * parsed.GetValue(minutes), parsed.GetValue(seed), corpus.Name(parsed), parsed.GetValue(prompt),
                TypedCommand.Of("./calm demo", parsed));
            using Demo demo = new(device, terminal, request);
            DemoResult result = demo.Run(
                start,
                data => corpus.Build(parsed, data, TextNeed.OfCalm(start), terminal));
            terminal.Result(result, writer => result.Write(writer));
            return 0;
        });
        return command;
    }
}
