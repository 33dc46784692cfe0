using Calm.Training;

namespace Calm.Bench;

/// <summary>The sizes of the preset <c>small</c> that vary; the others stay.</summary>
/// <param name="Width">d, of the model and of its autoencoder; feed-forward widths go with it.</param>
/// <param name="Layers">Of the transformer.</param>
/// <param name="Patches">Patches of a sequence, T.</param>
/// <param name="PatchSize">Tokens of a patch, K.</param>
/// <param name="Threads">Threads of the host.</param>
internal sealed record StepShape(int Width, int Layers, int Patches, int PatchSize, int Threads)
{
    private const string Preset = "small";

    /// <summary>The preset itself.</summary>
    public static StepShape Base(int threads)
    {
        RunConfig config = Presets.Get(Preset);
        return new StepShape(
            config.Calm.HiddenSize, config.Calm.NumHiddenLayers, config.CalmTraining.ContextPatches, config.Calm.PatchSize,
            threads);
    }

    /// <summary>The sizes in full.</summary>
    public RunConfig Config
    {
        get
        {
            RunConfig config = Presets.Get(Preset);
            int inner = config.Calm.IntermediateSize * Width / config.Calm.HiddenSize;
            return config with
            {
                Autoencoder = config.Autoencoder with
                {
                    HiddenSize = Width,
                    IntermediateSize = inner,
                    PatchSize = PatchSize,
                },
                Calm = config.Calm with
                {
                    HiddenSize = Width,
                    IntermediateSize = inner,
                    NumHiddenLayers = Layers,
                    PatchSize = PatchSize,
                },
                CalmTraining = config.CalmTraining with { ContextPatches = Patches },
            };
        }
    }

    /// <summary>Operations of a training step for each token, as docs/flops.md counts them.</summary>
    public double FlopsPerToken => FlopCount.Calm(Config.Calm, Config.Autoencoder, Patches - 1).TrainingPerToken;
}
