using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm flops RUN</c>: the FLOPs that a run counted beside those by formula.</summary>
internal static class RunFlops
{
    /// <summary>Prints both.</summary>
    /// <exception cref="CalmException">The run's log does not say what it cost.</exception>
    public static int Run(string path, Terminal terminal)
    {
        RunCost run = RunCost.Open(path);
        RunConfig config = run.Description.Config;
        Work counted = run.Work;
        Stage stage = run.Description.Stage;
        Work formula = Times(FlopCount.Step(stage, config), run.Step);
        double? encoded = stage == Stage.Calm ? EncodedShare(config, run.Step, formula, counted) : null;
        double published = run.Tokens * FlopCount.Of(stage, config).TrainingPerToken;
        var result = new
        {
            run = run.Path,
            stage = stage.Name(),
            steps = run.Step,
            tokens = run.Tokens,
            counted = Terms(counted),
            formula = Terms(formula),
            countedToFormula = counted.MultiplyAdds / formula.MultiplyAdds,
            encodedShare = encoded,
            publishedFormula = published,
            countedToPublished = counted.MultiplyAdds / published,
        };
        terminal.Result(result, writer =>
        {
            writer.WriteLine($"{run.Path}: {stage.Name()}, {run.Step} steps, {run.Tokens} tokens");
            writer.WriteLine($"{"",-30} {"products",12} {"attention",12} {"both",12} {"counted to it",14}");
            Write(writer, "counted", counted, counted);
            Write(writer, "formula, as run here", formula, counted);
            writer.WriteLine(
                $"{"formula, as published",-30} {"",12} {"",12} {Operations(published)} "
                + $"{counted.MultiplyAdds / published,14:F4}");
            if (encoded is { } share)
            {
                string patches = config.Calm.Input == PatchInput.Tokens ? "targets" : "patches read and predicted";
                writer.WriteLine(
                    $"Of the {patches} {100 * share:F1} % were encoded, the others being known; the formula encodes all.");
            }

            if (counted.Other > 0)
            {
                writer.WriteLine(
                    $"Beside these {Readable.Scientific(counted.Other, 3)} operations of the energy score, in no formula.");
            }
        });
        terminal.Next(NextStep.Command("frontier", path));
        return 0;
    }

    /// <summary>The share of patches that the encoder must have seen to explain the count; 1 for all.</summary>
    private static double EncodedShare(RunConfig config, int steps, Work formula, Work counted)
    {
        Work none = Times(FlopCount.Step(Stage.Calm, config, encodedPatches: 0), steps);
        return (counted.Products - none.Products) / (formula.Products - none.Products);
    }

    private static Work Times(Work step, double steps) =>
        new(step.Products * steps, step.Attention * steps, step.Other * steps);

    private static object Terms(Work work) =>
        new { products = work.Products, attention = work.Attention, flops = work.MultiplyAdds, other = work.Other };

    private static void Write(TextWriter writer, string name, Work work, Work counted) => writer.WriteLine(
        $"{name,-30} {Operations(work.Products)} {Operations(work.Attention)} {Operations(work.MultiplyAdds)} "
        + $"{counted.MultiplyAdds / work.MultiplyAdds,14:F4}");

    private static string Operations(double count) => Readable.Scientific(count, 3).PadLeft(12);
}
