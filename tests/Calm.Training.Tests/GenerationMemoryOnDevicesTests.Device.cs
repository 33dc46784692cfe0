namespace Calm.Training.Tests;

/// <summary>The memory of generation on ILGPU's devices.</summary>
[Trait("tier", "devices")]
public sealed class GenerationMemoryOnDevicesTests(TestDevices devices) : IClassFixture<TestDevices>
{
    public static TheoryData<string> Devices => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Logits_of_all_draws_are_never_stored(string device)
    {
        const int draws = 64;
        GenerationMemoryTests.StaysBelowLogits(
            devices[device], TemperatureSamplers.Create(Sampler.Batch, 0.5, draws, draws), draws, patchSize: 2, vocabulary: 4000);
    }
}
