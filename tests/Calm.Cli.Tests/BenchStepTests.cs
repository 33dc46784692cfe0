using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>Whole steps of any batch in <c>calm bench</c>, and ops at the sizes of a preset.</summary>
public sealed class BenchStepTests
{
    [Theory]
    [InlineData("small", null, 8)]
    [InlineData("calm-m", null, 4)]
    [InlineData("calm-l", 1, 1)]
    public void A_step_has_the_batch_that_suits_it_or_the_one_that_was_asked_for(string preset, int? batch, int sequences) =>
        Assert.Equal(sequences, Presets.Step(preset, batch).CalmTraining.BatchSize);

    [Fact]
    public void The_host_launches_nothing_and_tells_its_memory()
    {
        JsonElement step = Step("host");
        Assert.Equal(2, step.GetProperty("sequences").GetInt32());
        Assert.Equal(0, step.GetProperty("launchesPerStep").GetInt64());
        Assert.True(step.GetProperty("peakMemoryMb").GetDouble() > step.GetProperty("tapeMemoryMb").GetDouble());
    }

    [Fact]
    public void Ops_are_timed_at_the_sizes_of_a_preset()
    {
        JsonElement result = Bench("--op", "RmsNorm", "--shapes", "tiny", "--batch", "2", "--step", "none", "--device", "host");
        JsonElement[] ops = [.. result.GetProperty("ops").EnumerateArray()];
        Assert.Equal(["forward", "backward"], ops.Select(op => op.GetProperty("direction").GetString()));
        Assert.All(ops, op => Assert.Equal("[128, 128]", op.GetProperty("shape").GetString()));
        Assert.Contains(
            "has no case at the sizes of a model",
            TinyRun.Fails(2, "bench", "--op", "Softmax", "--shapes", "tiny", "--device", "host"), StringComparison.Ordinal);
        Assert.Contains("--batch is 0", TinyRun.Fails(2, "bench", "--batch", "0", "--shapes", "tiny"), StringComparison.Ordinal);
    }

    private static JsonElement Step(string device) =>
        Bench("--op", "none", "--step", "tiny", "--batch", "2", "--device", device).GetProperty("step");

    private static JsonElement Bench(params string[] more) =>
        JsonDocument.Parse(TinyRun.Succeeds(["bench", "--seconds", "0.001", "--json", .. more])).RootElement;
}
