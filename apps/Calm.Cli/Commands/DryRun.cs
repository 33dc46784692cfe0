using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Estimates the cost of a run without training.</summary>
internal static class DryRun
{
    /// <summary>Share of the peak that whole training steps reach, for the estimate of time: docs/performance.md.</summary>
    private const double ExpectedEfficiency = 0.7;

    /// <summary>Prints parameters, memory, FLOPs and an expected time.</summary>
    /// <exception cref="CalmException">The run does not fit into the device; the message has a setting that does.</exception>
    public static int Report(Stage stage, RunConfig config, Device device, Terminal terminal)
    {
        FlopCount.Cost cost = FlopCount.Of(stage, config);
        MemoryEstimate memory = terminal.During(
            "rehearsing a step", _ => MemoryEstimate.Of(stage, config, device, cost.Parameters));
        TrainingConfig training = config.Training(stage);
        int tokensOfOne = stage switch
        {
            Stage.Calm => config.Autoencoder.PatchSize * (training.ContextPatches - 1),
            Stage.Ar => training.ContextTokens - 1,
            _ => config.Autoencoder.PatchSize,
        };
        double tokens = (double)training.Steps * training.BatchSize * tokensOfOne;
        double peak = device is HostDevice host ? PeakMeasure.Gflops(host) * 1e9 : double.NaN;
        double seconds = tokens * cost.TrainingPerToken / (peak * ExpectedEfficiency);
        var result = new
        {
            stage = stage.Name(),
            device = device.Name,
            precision = device.PrecisionText,
            parameters = cost.Parameters,
            stateMb = memory.Here.Persistent / 1e6,
            memory = memory.ForJson,
            flopsPerToken = cost.TrainingPerToken,
            tokens,
            expectedSeconds = double.IsFinite(seconds) ? seconds : (double?)null,
            config = JsonNode.Parse(ConfigReader.Write(config)),
        };
        terminal.Result(result, writer =>
        {
            writer.WriteLine($"parameters      {Readable.Fixed(cost.Parameters, 0)}");
            memory.Write(writer, device);
            writer.WriteLine(
                $"training        {Readable.Amount(cost.TrainingPerToken)}FLOP a token, {Readable.Fixed(tokens, 0)} tokens");
            writer.WriteLine(
                result.expectedSeconds is { } s
                    ? $"expected        {Readable.Duration(s)} at {100 * ExpectedEfficiency:F0} % of this "
                    + $"host's peak of {peak / 1e9:F0} GFLOP/s"
                    : "expected        no estimate for this device");
        });
        return 0;
    }
}
