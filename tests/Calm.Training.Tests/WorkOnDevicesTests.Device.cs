using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Ops count the same on every device.</summary>
[Trait("tier", "devices")]
public sealed class WorkOnDevicesTests(TestDevices devices) : IClassFixture<TestDevices>
{
    public static TheoryData<string> Devices => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Steps_and_generation_count_what_the_formula_says(string name)
    {
        RunConfig config = new()
        {
            Autoencoder = new AutoencoderConfig
            {
                HiddenSize = 16, IntermediateSize = 24, LatentSize = 8, VocabSize = 40,
            },
            AutoencoderTraining = new TrainingConfig { BatchSize = 5 },
            Calm = new CalmConfig
            {
                HiddenSize = 16, IntermediateSize = 24, LatentSize = 8, VocabSize = 40, NumHiddenLayers = 1,
                NumMlpLayers = 1, NumAttentionHeads = 2, NumKeyValueHeads = 1, NoiseSize = 8, NumSamples = 3,
                NumTargets = 5, AuxiliaryWeight = 1,
                BosTokenId = 37, EosTokenId = 38, PadTokenId = 39,
            },
            CalmTraining = new TrainingConfig { BatchSize = 1, ContextPatches = 5 },
        };
        Device device = devices[name];
        using HostDevice host = new(1);
        Work step = WorkTests.CalmStep(device, config);
        WorkTests.Agree(FlopCount.CalmStep(config.Calm, config.Autoencoder, config.CalmTraining), step);
        Assert.Equal(WorkTests.CalmStep(host, config), step);
        WorkTests.Agree(
            FlopCount.AutoencoderStep(config.Autoencoder, config.AutoencoderTraining),
            WorkTests.AutoencoderStep(device, config));
        WorkTests.Generate(device, config, sequences: 2, candidates: 2);
    }
}
