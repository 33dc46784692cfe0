namespace Calm.Training.Tests;

/// <summary>Samplers over the draws of ILGPU's devices.</summary>
[Trait("tier", "devices")]
public sealed class PatchRequestOnDevicesTests(TestDevices devices) : IClassFixture<TestDevices>
{
    public static TheoryData<string, Sampler, double> Samplers()
    {
        TheoryData<string, Sampler, double> all = [];
        foreach (string device in TestDevices.Names)
        {
            all.Add(device, Sampler.Lazy, 0.5);
            all.Add(device, Sampler.Exact, 0.7);
            all.Add(device, Sampler.Batch, 0.5);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Choices_are_those_of_whole_patches(string device, Sampler sampler, double temperature)
    {
        CalmModel model = AgreementSearchTests.RandomModel(devices[device], patchSize: 2, vocabulary: 40, spread: 0.3f);
        ITemperatureSampler tested = TemperatureSamplers.Create(sampler, temperature, 12, 24);
        PatchRequestTests.Compare(model, devices[device], tested, _ => { }, chunks: 2, pool: 24);
    }
}
