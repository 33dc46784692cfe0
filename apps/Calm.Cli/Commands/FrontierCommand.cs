using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm frontier RUN...</c>: the quality of runs against the FLOPs of their training.</summary>
internal static class FrontierCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "frontier",
            "BrierLM of runs against their counted training FLOPs, with the Pareto frontier. "
            + "Example: calm frontier runs/k1 runs/k4 --out frontier.svg");
        Argument<string[]> runs = new("run")
        {
            Description = "Run folders of calm train calm or ar, or of demos", Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> picture = new("--out") { Description = "Draw the plot into this SVG file" };
        Option<bool> last = new("--last") { Description = "Only the last evaluation of each run" };
        command.Arguments.Add(runs);
        command.Options.Add(picture);
        command.Options.Add(last);
        command.SetAction(parsed => Run(terminal, parsed.GetValue(runs)!, parsed.GetValue(picture), parsed.GetValue(last)));
        return command;
    }

    private static int Run(Terminal terminal, string[] paths, string? picture, bool last)
    {
        OutputFile.Require(picture);
        (string Name, RunCost.Evaluation[] Points)[] runs = [.. paths.Select(path => (Name(path), Read(path, last)))];
        FrontierSeries[] series =
        [
            .. runs.Select(run => new FrontierSeries(run.Name, [.. run.Points.Select(InHundreds)])),
        ];
        HashSet<FrontierPoint> frontier = [.. Frontier.Of(series.SelectMany(s => s.Points))];
        if (picture is not null)
        {
            Frontier.Plot("Quality against training FLOPs", "BrierLM times 100", series).Write(picture);
        }

        var result = new
        {
            runs = runs.Select(run => new
            {
                run = run.Name,
                points = run.Points.Select(p => new
                {
                    p.Step,
                    p.Tokens,
                    p.Flops,
                    p.BrierLm,
                    interval = double.IsFinite(p.Low) ? new[] { p.Low, p.High } : null,
                    onFrontier = frontier.Contains(InHundreds(p)),
                }),
            }),
            picture,
        };
        terminal.Result(result, writer =>
        {
            int width = Math.Max(3, runs.Max(run => run.Name.Length));
            writer.WriteLine(
                $"{"run".PadRight(width)} {"step",8} {"tokens",12} {"FLOPs",10} {"BrierLM",8}  "
                + "95 % interval; * on the frontier");
            foreach ((string name, RunCost.Evaluation[] points) in runs)
            {
                foreach (RunCost.Evaluation p in points)
                {
                    writer.WriteLine(
                        $"{name.PadRight(width)} {p.Step,8} {Readable.Count(p.Tokens),12} {Readable.Scientific(p.Flops),10} "
                        + $"{100 * p.BrierLm,8:F2}  "
                        + $"{Readable.ScoreInterval(p.Low, p.High)}{(frontier.Contains(InHundreds(p)) ? " *" : "")}");
                }
            }
        });
        terminal.Next(NextStep.Command("evaluate", paths[0]) + string.Concat(paths.Skip(1).Select(
            other => $" --against {TypedCommand.Quoted(other)}")));
        return 0;
    }

    private static RunCost.Evaluation[] Read(string path, bool last)
    {
        RunCost.Evaluation[] all = [.. RunCost.Open(path).Evaluations()];
        return all.Length == 0
            ? throw new CalmException(
                $"{path}: its log has no BrierLM; calm train calm measures it at the end and, on the way, every "
                + "calm_training.evaluate_every steps.")
            : last ? all[^1..] : all;
    }

    private static string Name(string path) => Path.TrimEndingDirectorySeparator(path);

    private static FrontierPoint InHundreds(RunCost.Evaluation p) =>
        new(p.Flops, new Estimate(p.BrierLm, p.Low, p.High).Times(100));
}
