using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The sizes of a preset's language model, at which ops are timed.</summary>
internal static class PresetSizes
{
    /// <summary>The sizes of a configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="device">The device, which decides how much of the head is computed at once.</param>
    public static CaseSizes Of(RunConfig config, Device device) => new()
    {
        Sequences = config.CalmTraining.BatchSize,
        Positions = config.CalmTraining.ContextPatches,
        Hidden = config.Calm.HiddenSize,
        Intermediate = config.Calm.IntermediateSize,
        QueryHeads = config.Calm.NumAttentionHeads,
        KeyValueHeads = config.Calm.NumKeyValueHeads,
        PatchSize = config.Calm.PatchSize,
        Vocabulary = config.Calm.VocabSize,
        DecoderHidden = config.Autoencoder.HiddenSize,
        Latent = config.Calm.LatentSize,
        Noise = config.Calm.NoiseSize,
        Draws = config.Calm.NumSamples,
        HeadPositions = CalmObjective.HeadRowsAtOnce(device, config.Calm) / config.Calm.NumSamples,
        Targets = config.Calm.NumTargets,
    };
}
