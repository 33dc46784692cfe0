using System.CommandLine;

namespace Calm.Cli;

/// <summary><c>calm flops</c>: the cost of models by formula, and the cost that a run counted.</summary>
internal static class FlopsCommand
{
    private const int Candidates = 200;

    private static readonly string[] Transformers = ["transformer-s", "transformer-m", "transformer-l"];
    private static readonly string[] CalmModels = ["calm-m", "calm-l", "calm-xl"];

    /// <summary>One line of the table. The cost as this program runs it is known for CALM models only.</summary>
    private sealed record Model(
        string Name, double Parameters, double TrainingFlops, double InferenceFlopsPerToken,
        double? TrainingFlopsAsRun = null);

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "flops",
            "Parameters, training and inference FLOPs of the paper's models, by formula; or, of a run, what its ops counted "
            + "beside the formula. Example: calm flops runs/calm");
        Argument<string?> run = new("run")
        {
            Description = "Run folder of calm train, calm import or a demo; without it the paper's models",
            Arity = ArgumentArity.ZeroOrOne,
        };
        command.Arguments.Add(run);
        command.SetAction(parsed => parsed.GetValue(run) is { } path ? RunFlops.Run(path, terminal) : Run(terminal));
        return command;
    }

    private static int Run(Terminal terminal)
    {
        List<Model> models =
        [
            .. Transformers.Select(name => Row(name, FlopCount.Transformer(Presets.Get(name).Calm))),
            .. CalmModels.Select(Calm),
            Row("autoencoder", FlopCount.Autoencoder(Presets.Get("calm-m").Autoencoder)),
        ];
        Model small = models.Single(m => m.Name == "transformer-s");
        Model medium = models.Single(m => m.Name == "calm-m");
        RunConfig sampled = Presets.Get("calm-m");
        var result = new
        {
            models,
            savings = new
            {
                training = 1 - medium.TrainingFlops / small.TrainingFlops,
                inference = 1 - medium.InferenceFlopsPerToken / small.InferenceFlopsPerToken,
            },
            sampling = new
            {
                candidates = Candidates,
                flopsPerToken = FlopCount.Sampling(sampled.Calm, sampled.Autoencoder, Candidates),
            },
        };
        terminal.Result(result, writer =>
        {
            writer.WriteLine(
                $"{"model",-14} {"parameters",12} {"training",12} {"as run here",12} {"inference, FLOPs a token",26}");
            foreach (Model m in models)
            {
                writer.WriteLine(
                    $"{m.Name,-14} {m.Parameters / 1e6,10:F0} M {Readable.Scientific(m.TrainingFlops),12} "
                    + $"{(m.TrainingFlopsAsRun is { } asRun ? Readable.Scientific(asRun) : ""),12} "
                    + $"{Readable.Scientific(m.InferenceFlopsPerToken),26}");
            }

            writer.WriteLine(
                $"calm-m against transformer-s: {100 * result.savings.training:F1} % fewer training FLOPs, "
                + $"{100 * result.savings.inference:F1} % fewer inference FLOPs.");
            writer.WriteLine(
                $"calm-m at temperature 1/2 with {Candidates} candidates: "
                + $"{Readable.Amount(result.sampling.flopsPerToken)}FLOP a token, "
                + $"{result.sampling.flopsPerToken / medium.InferenceFlopsPerToken:F0} times the single draw of the table.");
        });
        terminal.Next($"{NextStep.Program} study k");
        return 0;
    }

    private static Model Calm(string name)
    {
        RunConfig config = Presets.Get(name);
        TrainingConfig sequence = new() { BatchSize = 1, ContextPatches = FlopCount.Context + 1 };
        double flops = FlopCount.CalmStep(config.Calm, config.Autoencoder, sequence).MultiplyAdds;
        double tokens = (double)FlopCount.Context * config.Calm.PatchSize;
        return Row(name, FlopCount.Calm(config.Calm, config.Autoencoder)) with
        {
            TrainingFlopsAsRun = flops / tokens * FlopCount.PublishedTokens,
        };
    }

    private static Model Row(string name, FlopCount.Cost cost) => new(
        name, cost.Parameters, cost.TrainingPerToken * FlopCount.PublishedTokens, cost.InferencePerToken);
}
