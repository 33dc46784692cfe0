using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Memory of a run on a device, as <c>--dry-run</c> tells it.</summary>
/// <param name="AtOnce">Sequences (autoencoder: patches) of a micro-batch.</param>
/// <param name="Unit">The things that a batch is made of: sequences, or patches.</param>
/// <param name="Average">Bytes of the weights' moving average; 0 for none.</param>
/// <param name="Here">The memory of the run.</param>
/// <param name="Largest">The most sequences that fit at once.</param>
/// <param name="Recomputed">The memory of the run with <c>--recompute</c>.</param>
/// <param name="LargestRecomputed">The most sequences that fit at once with <c>--recompute</c>.</param>
internal sealed record MemoryEstimate(
    int AtOnce, string Unit, long Average, TrainingMemory Here, int Largest, TrainingMemory Recomputed, int LargestRecomputed)
{
    private const int Megabyte = 1_000_000;

    private const int BytesOfNumber = 4; // of each value, gradient, two moments, and average

    /// <summary>The estimate, in the names of JSON.</summary>
    public object ForJson => new
    {
        weightsMb = Mb(Here.Weights),
        gradientsMb = Mb(Here.Weights),
        momentsMb = Mb(2 * Here.Weights),
        averageMb = Mb(Average),
        persistentMb = Mb(Here.Persistent),
        stepMb = Mb(Here.Step),
        totalMb = Mb(Here.Total),
        atOnce = AtOnce,
        largestAtOnce = Largest,
        recompute = new { stepMb = Mb(Recomputed.Step), totalMb = Mb(Recomputed.Total), largestAtOnce = LargestRecomputed },
    };

    /// <summary>Rehearses a run, and the largest batches beside it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="device">The device.</param>
    /// <param name="parameters">Number of trained parameters, for a message.</param>
    /// <exception cref="CalmException">The run does not fit.</exception>
    public static MemoryEstimate Of(Stage stage, RunConfig config, Device device, double parameters)
    {
        TrainingConfig training = config.Training(stage);
        int atOnce = training.BatchSize / training.Accumulate;
        bool hasAverage = training.EmaDecay > 0;
        string unit = stage == Stage.Autoencoder ? "patches" : "sequences";
        TrainingMemory here;
        try
        {
            here = TrainingMemory.Of(stage, config, device);
        }
        catch (CalmException failure) when (failure is not SettingException)
        {
            string why = failure switch
            {
                OutOfDeviceMemoryException { Bound: { } bound } => $": {bound}",
                OutOfDeviceMemoryException => $" into {Readable.Amount(device.MemorySize)}B, of which weights, gradients"
                    + (hasAverage ? ", moments and average take " : " and moments take ")
                    + $"{Readable.Amount((hasAverage ? 5 : 4) * BytesOfNumber * parameters)}B",
                _ => $": {failure.Message.TrimEnd('.')}",
            };
            throw new CalmException(
                $"{device.Name}: {stage.Name()} with {Readable.Count(atOnce)} {unit} at once does not fit{why}. "
                + MemoryAdvice.For(stage, config, device, done: null));
        }

        RunConfig kept = config.With(stage, training with { Recompute = false });
        RunConfig recomputed = config.With(stage, training with { Recompute = true });
        return new MemoryEstimate(
            atOnce, unit, hasAverage ? here.Weights : 0, here, TrainingMemory.LargestBatch(stage, kept, device),
            TrainingMemory.Of(stage, recomputed, device), TrainingMemory.LargestBatch(stage, recomputed, device));
    }

    /// <summary>Writes the lines.</summary>
    public void Write(TextWriter writer, Device device)
    {
        long rest = Here.Persistent - 4 * Here.Weights - Average;
        string average = Average > 0 ? $"average {Bytes(Average)}, " : "";
        writer.WriteLine(
            $"memory          {Bytes(Here.Total)} on {device.Name}, of {Bytes(device.MemorySize)}; found by a step that "
            + "computes nothing");
        writer.WriteLine(
            $"  lasting       {Bytes(Here.Persistent)}: weights {Bytes(Here.Weights)}, gradients {Bytes(Here.Weights)}, moments "
            + $"{Bytes(2 * Here.Weights)}, {average}the rest {Bytes(rest)}");
        writer.WriteLine(
            $"  a step        {Bytes(Here.Step)} for {Readable.Count(AtOnce)} {Unit} at once; "
            + $"{Bytes(Recomputed.Step)} with --recompute");
        writer.WriteLine(
            $"  fits          at most {Readable.Count(Largest)} {Unit} at once; {Readable.Count(LargestRecomputed)} with "
            + "--recompute");
    }

    private static string Bytes(long bytes) => $"{Readable.Amount(bytes)}B";

    private static double Mb(long bytes) => (double)bytes / Megabyte;
}
