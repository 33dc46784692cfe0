namespace Calm.Cli.Tests;

/// <summary>Runs with every denoising head on ILGPU's devices through the command line, beside the host's.</summary>
[Trait("tier", "devices")]
public sealed class HeadsOnDevicesTests : IClassFixture<DeviceTrainingTests.Trained>
{
    private const double LossDifference = 1e-3;

    private readonly TinyRun _run;

    public HeadsOnDevicesTests(DeviceTrainingTests.Trained trained) => _run = trained.Run;

    public static TheoryData<string, string> Runs
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string device in TestDevices.Names)
            {
                data.Add("diffusion", device);
                data.Add("flow", device);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void They_train_as_on_the_host_and_generate(string head, string device)
    {
        // An evaluation after the steps would take the emulator minutes.
        string[] small =
        [
            "--head", head, "--steps", device == "emulated" ? "1" : "20", "--batch", device == "emulated" ? "1" : "8",
            "--set", "calm_training.context_patches=6", "--set", "calm_training.evaluation_patches=6",
            "--set", "calm.num_samples=2", "--set", "calm_training.log_every=1",
        ];
        double[] host = Losses("host", $"{head}-host-beside-{device}", small);
        double[] got = Losses(device, $"{head}-{device}", small);
        Assert.NotEmpty(host);
        Assert.Equal(host.Length, got.Length);
        Assert.All(host.Zip(got), pair => Assert.InRange(pair.Second / pair.First, 1 - LossDifference, 1 + LossDifference));

        string[] generate =
        [
            "generate", _run[$"{head}-{device}"], "--max-tokens", "4", "--candidates", "2", "--json", "--device", device,
        ];
        Assert.Equal(Text(TinyRun.Succeeds(generate)), Text(TinyRun.Succeeds(generate)));
    }

    private double[] Losses(string device, string run, string[] small)
    {
        TinyRun.Succeeds(TinyRun.On(device, _run.TrainCalm(run, small)));
        return
        [
            .. TrainingLog.Read(_run[$"{run}/log.jsonl"]).Where(line => line["loss"] is not null)
                .Select(line => (double)line["loss"]!),
        ];
    }

    private static string Text(string json) =>
        System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty("text").GetString()!;
}
