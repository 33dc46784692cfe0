using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm inspect RUN|FILE</c>: describes a run, the latents of an autoencoder, or a checkpoint's files.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "inspect",
            "Configuration, size and cost of a run; of an autoencoder its latents too; of a checkpoint's folder or file "
            + "(safetensors, pytorch_model.bin, an index) the tensors, without loading them. "
            + "Example: calm inspect runs/autoencoder --like \"the value\" --svg latents.svg");
        Argument<string> run = new("run")
        {
            Description = "Run folder of calm train, calm import or a demo, or a checkpoint of others: its folder or a file",
        };
        LatentOptions latents = new(command);
        Option<string?> data = RunText.AddTo(command);
        DeviceOptions devices = new(command);
        command.Arguments.Add(run);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(run)!;
            if (WeightsListing.Applies(path))
            {
                string what = $"{path} is no run, but weights, whose files are listed";
                latents.RefuseFor(parsed, what);
                parsed.Refuse($"{what}; leave it out", data);
                using WeightsListing listing = WeightsListing.Open(path);
                terminal.Result(listing.Json(), listing.Write);
                return 0;
            }

            RunFolder folder = RunFolder.OpenModel(path);
            RunSummary summary = RunSummary.Of(folder);
            if (summary.Stage != Stage.Autoencoder)
            {
                latents.RefuseFor(parsed, $"{path} is a run of {summary.Stage.Name()}");
                parsed.Refuse($"{path} is a run of {summary.Stage.Name()}, whose text is not looked at; leave it out", data);
                terminal.Result(summary.Json(), summary.Write);
                NextStep.AfterTraining(terminal, summary.Stage, path);
                return 0;
            }

            LatentRequest request = latents.Read(parsed);
            using Device device = devices.Open(parsed, terminal);
            LatentInspection inspection = terminal.During(
                $"looking at {path}",
                activity => LatentInspection.Of(folder, parsed.GetValue(data), request, device, activity));
            if (request.Picture is { } picture)
            {
                Plot.Write(picture, LatentPlots.Of(inspection.Latents, path, inspection.Config.KlClamp));
            }

            terminal.Result(
                inspection.Json(summary.Json()),
                writer =>
                {
                    summary.Write(writer);
                    inspection.Write(writer);
                });
            NextStep.AfterTraining(terminal, Stage.Autoencoder, folder.Path);
            return 0;
        });
        return command;
    }
}
