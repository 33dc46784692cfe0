using System.Text.Json;
using System.Text.Json.Serialization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The state of a trainer besides the weights, for resuming with the same bits.</summary>
internal sealed record TrainerState
{
    private const string StateFile = "trainer.json";
    private const string MomentsFile = "trainer.safetensors";
    private const string FirstMoment = "first_moment.";
    private const string SecondMoment = "second_moment.";

    private static readonly JsonFile Json = new("a trainer's state", "resume from another checkpoint", SettingsJson.Options);

    /// <summary>Steps done.</summary>
    public int Step { get; init; }

    /// <summary>Updates done; fewer than steps if some were skipped.</summary>
    public int Updates { get; init; }

    /// <summary>Number of rollbacks to a checkpoint.</summary>
    public int Rollbacks { get; init; }

    /// <summary>Tokens learnt from.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens of text that was read: the place in the data, whatever the sizes of the batches before.</summary>
    public long TokensRead { get; init; }

    /// <summary>Loss of the last step; NaN if it was skipped, and in older checkpoints.</summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>Its gradient norm.</summary>
    public double GradientNorm { get; init; } = double.NaN;

    /// <summary>Operations of all steps, including skipped and repeated ones.</summary>
    public Work Work { get; init; }

    /// <summary>Steps that were skipped as outliers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Outliers { get; init; }

    /// <summary>Losses by which outliers are told, oldest first; null if none are skipped.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[]? RecentLosses { get; init; }

    /// <summary>The same of gradient norms.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[]? RecentNorms { get; init; }

    private string? Problem =>
        Step < 0 ? $"step is {Step}"
        : Updates < 0 || Updates > Step ? $"updates is {Updates} of {Step} steps"
        : Rollbacks < 0 ? $"rollbacks is {Rollbacks}"
        : Tokens < 0 || TokensRead < 0 ? $"tokens is {Tokens}, tokensRead {TokensRead}"
        : Outliers < 0 || Outliers > Step - Updates ? $"outliers is {Outliers} of {Step - Updates} steps without an update"
        : !RecentValues.CanBe(RecentLosses) || !RecentValues.CanBe(RecentNorms) ? "recent_losses or recent_norms cannot be"
        : !IsCount(Work.Products) || !IsCount(Work.Attention) || !IsCount(Work.Other) ? "work is no number of operations"
        : null;

    private static bool IsCount(double operations) => operations >= 0 && double.IsFinite(operations);

    /// <summary>Writes state and moments into a checkpoint.</summary>
    public void Write(CheckpointWriter writer, ParameterSet parameters, AdamWOptimizer optimizer)
    {
        TrainerState now = this with { Updates = optimizer.Steps };
        writer.Write(StateFile, JsonSerializer.SerializeToUtf8Bytes(now, SettingsJson.Options));
        SafetensorsWriter moments = new();
        foreach (Parameter parameter in parameters.Parameters)
        {
            foreach (Parameter.Part part in parameter.Parts)
            {
                moments.Add(FirstMoment + part.Name, optimizer.FirstMoments.Slice(parameter.Start + part.Start, part.Shape));
                moments.Add(SecondMoment + part.Name, optimizer.SecondMoments.Slice(parameter.Start + part.Start, part.Shape));
            }
        }

        writer.Write(MomentsFile, moments.WriteTo);
    }

    /// <summary>Reads state and moments.</summary>
    public static TrainerState Read(string folder, ParameterSet parameters, AdamWOptimizer optimizer)
    {
        TrainerState state = Json.Read<TrainerState>(Path.Combine(folder, StateFile), state => state.Problem);
        using SafetensorsSet moments = SafetensorsSet.Open(Path.Combine(folder, MomentsFile));
        foreach (Parameter parameter in parameters.Parameters)
        {
            foreach (Parameter.Part part in parameter.Parts)
            {
                long start = parameter.Start + part.Start;
                moments.ReadInto(FirstMoment + part.Name, optimizer.FirstMoments.Slice(start, part.Shape));
                moments.ReadInto(SecondMoment + part.Name, optimizer.SecondMoments.Slice(start, part.Shape));
            }
        }

        optimizer.Steps = state.Updates;
        return state;
    }
}
