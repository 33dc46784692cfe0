using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The cost of a run, from its log.</summary>
internal sealed class RunCost
{
    private readonly IReadOnlyList<JsonObject> _lines;

    private RunCost(string path, RunFolder.Description description, IReadOnlyList<JsonObject> lines) =>
        (Path, Description, _lines) = (path, description, lines);

    /// <summary>An evaluation of a language model.</summary>
    /// <param name="Step">The step of the evaluation.</param>
    /// <param name="Tokens">Tokens learnt from by then.</param>
    /// <param name="Flops">Operations of multiply-adds by then.</param>
    /// <param name="BrierLm">BrierLM, 0 to 1.</param>
    /// <param name="Low">Lower end of its interval.</param>
    /// <param name="High">Upper end of its interval.</param>
    internal sealed record Evaluation(int Step, long Tokens, double Flops, double BrierLm, double Low, double High);

    /// <summary>The folder with the log.</summary>
    public string Path { get; }

    /// <summary>The description of the run.</summary>
    public RunFolder.Description Description { get; }

    /// <summary>The last step that was logged.</summary>
    public int Step => TrainingLog.Step(_lines[^1]);

    /// <summary>Tokens learnt from by then.</summary>
    public long Tokens => (long)Number(_lines[^1], "tokens");

    /// <summary>Operations counted by then.</summary>
    public Work Work
    {
        get
        {
            double attention = Number(_lines[^1], "attentionFlops");
            return new Work(Number(_lines[^1], "flops") - attention, attention, Number(_lines[^1], "otherFlops"));
        }
    }

    /// <summary>Opens a run, or the language model's run of a demo.</summary>
    /// <exception cref="CalmException">There is none, or its log does not say what it cost.</exception>
    public static RunCost Open(string path)
    {
        RunFolder run = RunFolder.OpenModel(path);
        string log = System.IO.Path.Combine(run.Path, TrainingLog.FileName);
        JsonObject[] lines = [.. TrainingLog.Read(log).Where(line => line.ContainsKey("flops"))];
        return lines.Length > 0
            ? new RunCost(run.Path, run.ReadDescription(), lines)
            : throw new CalmException($"{log}: says nothing of FLOPs; training writes them with every line.");
    }

    /// <summary>The evaluations of a language model, in order.</summary>
    public IReadOnlyList<Evaluation> Evaluations() =>
    [
        .. _lines.Where(line => line.ContainsKey("brierLm")).Select(line => new Evaluation(
            TrainingLog.Step(line), (long)Number(line, "tokens"), Number(line, "flops"), Number(line, "brierLm"),
            Number(line, "brierLow"), Number(line, "brierHigh"))),
    ];

    private static double Number(JsonObject line, string key) => TrainingLog.Number(line, key);
}
