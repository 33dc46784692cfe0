namespace Calm.Cli.Tests;

/// <summary>Whole runs on ILGPU's devices through the command line, beside the host's.</summary>
[Trait("tier", "devices")]
public sealed class DeviceTrainingTests : IClassFixture<DeviceTrainingTests.Trained>
{
    private const double LossDifference = 1e-3;

    // A rounding of 2^-9 in every operand, some of which average out.
    private const double RoundedDifference = 1e-2;

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
        double[] host = Losses("host", $"host-beside-{device}", "--steps", $"{steps}");
        double[] got = Losses(device, $"losses-{device}", "--steps", $"{steps}");
        Agree(host, got, LossDifference);
    }

    /// <summary>On the emulator by tensor cores, elsewhere by rounded operands.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void Losses_in_bfloat16_are_those_of_the_host_in_bfloat16(string device)
    {
        // An instruction of a tensor core costs the emulator a meeting of 32 threads.
        string[] small = device == "emulated"
            ? ["--steps", "1", "--batch", "1", "--set", "calm_training.context_patches=6"]
            : ["--steps", "20"];
        double[] full = Losses("host", $"full-beside-{device}", small);
        double[] host = Losses("host", $"rounded-beside-{device}", [.. small, "--precision", "bf16"]);
        double[] got = Losses(device, $"rounded-{device}", [.. small, "--precision", "bf16"]);
        Agree(host, got, RoundedDifference);
        Agree(full, host, RoundedDifference);
        Assert.NotEqual(full, host);
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

    private static void Agree(double[] want, double[] got, double difference)
    {
        Assert.Equal(want.Length, got.Length);
        for (int i = 0; i < got.Length; i++)
        {
            Assert.InRange(got[i], want[i] * (1 - difference), want[i] * (1 + difference));
        }
    }

    private double[] Losses(string device, string run, params string[] more)
    {
        TinyRun.Succeeds(TinyRun.On(device, _run.TrainCalm(
            run, ["--set", "calm_training.log_every=1", .. more])));
        return [.. TrainingLog.Read(_run[run + "/log.jsonl"]).Select(line => (double)line["loss"]!)];
    }
}
