using System.Diagnostics;
using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>Whole runs through the command line: the same bits however they are interrupted or spread over threads.</summary>
public sealed class TrainingTests : IClassFixture<TrainingTests.Trained>
{
    private readonly Trained _trained;

    public TrainingTests(Trained trained) => _trained = trained;

    /// <summary>One autoencoder and one straight run of 20 steps, for all tests.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Run = new TinyRun();
            Run.TrainAutoencoder();
            TinyRun.Succeeds(Run.TrainCalm("straight", "--steps", "20", "--save-every", "5", "--threads", "1"));
        }

        internal TinyRun Run { get; }

        public void Dispose() => Run.Dispose();
    }

    private byte[] Straight => File.ReadAllBytes(_trained.Run["straight/model.safetensors"]);

    [Fact]
    public void Two_threads_give_the_bits_of_one()
    {
        TinyRun.Succeeds(_trained.Run.TrainCalm("two-threads", "--steps", "20", "--threads", "2"));
        Assert.Equal(Straight, File.ReadAllBytes(_trained.Run["two-threads/model.safetensors"]));
    }

    [Fact]
    public void A_killed_run_resumes_bit_for_bit()
    {
        string[] args = _trained.Run.TrainCalm("killed", "--steps", "20", "--save-every", "5", "--threads", "2");
        using (Process process = StartKilledAt("step-000000015", args))
        {
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
        }

        Assert.Equal(10, RunFolder.Open(_trained.Run["killed"]).Checkpoints.Latest!.Step);
        Assert.False(File.Exists(_trained.Run["killed/model.safetensors"]));
        TinyRun.Succeeds([.. args, "--resume"]);
        Assert.Equal(Straight, File.ReadAllBytes(_trained.Run["killed/model.safetensors"]));
        int[] steps = [.. TrainingLog.Read(_trained.Run["killed/log.jsonl"]).Select(line => (int)line["step"]!)];
        Assert.Equal([1, 10, 20], steps);
    }

    [Fact]
    public void A_run_with_an_auxiliary_loss_goes_on_bit_for_bit()
    {
        string[] settings = ["--steps", "20", "--save-every", "10", "--set", "calm.auxiliary_weight=2"];
        TinyRun.Succeeds(_trained.Run.TrainCalm("auxiliary", settings));
        byte[] straight = File.ReadAllBytes(_trained.Run["auxiliary/model.safetensors"]);
        Directory.Delete(_trained.Run["auxiliary/checkpoints/step-000000020"], recursive: true);
        File.Delete(_trained.Run["auxiliary/model.safetensors"]);
        TinyRun.Succeeds([.. _trained.Run.TrainCalm("auxiliary", settings), "--resume"]);
        Assert.Equal(straight, File.ReadAllBytes(_trained.Run["auxiliary/model.safetensors"]));
        Assert.NotEqual(Straight, straight);
    }

    [Fact]
    public void Micro_batches_give_the_gradients_of_the_whole_batch()
    {
        foreach (string parts in new[] { "1", "2", "4" })
        {
            TinyRun.Succeeds(_trained.Run.TrainCalm(
                $"parts-{parts}", "--steps", "1", "--batch", "8", "--accumulate", parts, "--save-gradients",
                _trained.Run[$"gradients-{parts}.safetensors"]));
        }

        using SafetensorsSet whole = SafetensorsSet.Open(_trained.Run["gradients-1.safetensors"]);
        foreach (string parts in new[] { "2", "4" })
        {
            using SafetensorsSet split = SafetensorsSet.Open(_trained.Run[$"gradients-{parts}.safetensors"]);
            foreach (string name in whole.Names)
            {
                float[] want = whole.Read<float>(name);
                float[] got = split.Read<float>(name);
                float worst = want.Zip(got).Max(pair => MathF.Abs(pair.First - pair.Second));
                Assert.True(worst <= 1e-5f * want.Max(MathF.Abs), $"{name} in {parts} parts: {worst}");
            }

            Assert.Equal(Loss("parts-1"), Loss($"parts-{parts}"), 1e-5 * Loss("parts-1"));
        }
    }

    [Fact]
    public void Generation_repeats_with_a_seed()
    {
        string[] args =
        [
            "generate", _trained.Run["straight"], "--prompt", "the value", "--temperature", "0.5", "--candidates", "20",
            "--max-tokens", "40", "--json", "--device", "host",
        ];
        string first = Text(TinyRun.Succeeds([.. args, "--seed", "7"]));
        Assert.Equal(first, Text(TinyRun.Succeeds([.. args, "--seed", "7", "--threads", "1"])));
        Assert.StartsWith("the value", first, StringComparison.Ordinal);

        static string Text(string json) => JsonDocument.Parse(json).RootElement.GetProperty("text").GetString()!;
    }

    [Fact]
    public void Evaluation_has_its_keys_and_repeats()
    {
        string json = TinyRun.Succeeds("evaluate", _trained.Run["straight"], "--json", "--device", "host");
        JsonElement result = JsonDocument.Parse(json).RootElement;
        Assert.InRange(result.GetProperty("accuracy").GetDouble(), 0.01, 1);
        Assert.Equal(4, result.GetProperty("brier").GetArrayLength());
        double low = result.GetProperty("interval")[0].GetDouble();
        double high = result.GetProperty("interval")[1].GetDouble();
        Assert.InRange(result.GetProperty("brierLm").GetDouble(), low, high);
        Assert.Equal(json, TinyRun.Succeeds("evaluate", _trained.Run["straight"], "--json", "--device", "host"));
        string published = TinyRun.Succeeds(
            "evaluate", _trained.Run["straight"], "--estimator", "published", "--json", "--device", "host");
        Assert.Equal("published", JsonDocument.Parse(published).RootElement.GetProperty("estimator").GetString());
    }

    [Fact]
    public void A_run_of_two_tokens_a_patch_trains_and_is_scored_by_rolling_out()
    {
        string[] patches = ["--set", "autoencoder.patch_size=2", "--set", "calm.patch_size=2"];
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _trained.Run.TextFile, "--run", _trained.Run["ae2"], "--steps", "5",
            .. TinyRun.Settings, .. patches]);
        TinyRun.Succeeds([
            "train", "calm", "--autoencoder", _trained.Run["ae2"], "--run", _trained.Run["calm2"], "--steps", "5",
            .. TinyRun.Settings, .. patches]);
        string json = TinyRun.Succeeds("evaluate", _trained.Run["calm2"], "--json", "--device", "host");
        Assert.Equal(4, JsonDocument.Parse(json).RootElement.GetProperty("brier").GetArrayLength());
    }

    [Fact]
    public void A_save_that_fails_leaves_the_checkpoint_before_it_and_the_run_goes_on_from_there()
    {
        string[] args = _trained.Run.TrainCalm("disk-full", "--steps", "20", "--save-every", "5", "--threads", "1");
        int renames = 0;
        Disk.Observer = operation =>
        {
            // The second checkpoint's folder cannot be renamed into place.
            if (operation.Step == DiskStep.Rename && operation.Path.Contains("step-000000010", StringComparison.Ordinal))
            {
                renames++;
                throw new IOException("No space left on device");
            }
        };
        string line;
        try
        {
            line = TinyRun.Fails(1, args);
        }
        finally
        {
            Disk.Observer = null;
        }

        Assert.Equal(1, renames);
        Assert.Contains("No space left", line, StringComparison.Ordinal);
        Assert.Equal(5, RunFolder.Open(_trained.Run["disk-full"]).Checkpoints.Latest!.Step);
        TinyRun.Succeeds([.. args, "--resume"]);
        Assert.Equal(Straight, File.ReadAllBytes(_trained.Run["disk-full/model.safetensors"]));
    }

    private double Loss(string run) =>
        (double)TrainingLog.Read(_trained.Run[$"{run}/log.jsonl"])[0]["loss"]!;

    private static Process StartKilledAt(string checkpoint, string[] args)
    {
        ProcessStartInfo start = new("dotnet", [Programs.Built("apps/Calm.Cli"), .. args])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        start.Environment[StartupHook.Checkpoint] = checkpoint;
        return Process.Start(start)!;
    }
}
