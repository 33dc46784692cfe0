namespace Calm.Training.Tests;

/// <summary>Whole runs on ILGPU's devices through the command line, beside the host's.</summary>
[Trait("tier", "devices")]
public sealed class DeviceTrainingTests : IClassFixture<DeviceTrainingTests.Trained>
{
    private const double LossDifference = 1e-3;

    private readonly TinyRun _run;

    public DeviceTrainingTests(Trained trained) => _run = trained.Run;

    public static TheoryData<string> Devices => [.. TestDevices.Names];

    /// <summary>One autoencoder for all tests.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained() => Run.TrainAutoencoder();

        internal TinyRun Run { get; } = new();

        public void Dispose() => Run.Dispose();
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Losses_are_those_of_the_host(string device)
    {
        int steps = device == "emulated" ? 2 : 50;
        double[] host = Losses("host", steps, $"host-beside-{device}");
        double[] got = Losses(device, steps, $"losses-{device}");
        Assert.Equal(steps, got.Length);
        for (int i = 0; i < got.Length; i++)
        {
            Assert.InRange(got[i], host[i] * (1 - LossDifference), host[i] * (1 + LossDifference));
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_run_repeats_and_resumes_bit_for_bit(string device)
    {
        int steps = device == "emulated" ? 2 : 10;
        string[] Train(string run, params string[] more) =>
            TinyRun.On(device, _run.TrainCalm(run, ["--steps", $"{steps}", "--save-every", $"{steps / 2}", .. more]));

        string straight = $"straight-{device}";
        TinyRun.Succeeds(Train(straight));
        TinyRun.Succeeds(Train($"again-{device}"));
        Assert.Equal(Weights(straight), Weights($"again-{device}"));

        // As if it had been killed half-way.
        File.Delete(_run[straight + "/checkpoints/latest"]);
        Directory.Delete(_run[$"{straight}/checkpoints/step-{steps:D9}"], recursive: true);
        File.Delete(_run[straight + "/model.safetensors"]);
        TinyRun.Succeeds(Train(straight, "--resume"));
        Assert.Equal(Weights($"again-{device}"), Weights(straight));
    }

    private byte[] Weights(string run) => File.ReadAllBytes(_run[run + "/model.safetensors"]);

    private double[] Losses(string device, int steps, string run)
    {
        TinyRun.Succeeds(TinyRun.On(device, _run.TrainCalm(
            run, "--steps", $"{steps}", "--set", "calm_training.log_every=1")));
        return [.. TrainingLog.Read(_run[run + "/log.jsonl"]).Select(line => (double)line["loss"]!)];
    }
}
