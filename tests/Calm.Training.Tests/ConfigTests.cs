using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class ConfigTests
{
    [Fact]
    public void Preset_file_and_settings_lie_over_one_another()
    {
        using TemporaryFolder folder = new();
        string file = folder["config.json"];
        File.WriteAllText(file, """{ "calm": { "hidden_size": 64, "num_mlp_layers": 3 }, "calm_training": { "schedule": "constant" } }""");
        RunConfig config = ConfigReader.Read(Presets.Get("demo"), file, ["calm.hidden_size=96", "calm_training.nan=skip"]);
        Assert.Equal(96, config.Calm.HiddenSize);
        Assert.Equal(3, config.Calm.NumMlpLayers);
        Assert.Equal(LearningRateSchedule.Constant, config.CalmTraining.Schedule);
        Assert.Equal(NanPolicy.Skip, config.CalmTraining.Nan);
        Assert.Equal(Presets.Get("demo").Autoencoder, config.Autoencoder);
    }

    [Fact]
    public void What_is_written_reads_back()
    {
        using TemporaryFolder folder = new();
        foreach (string name in Presets.Names)
        {
            string file = folder[name + ".json"];
            File.WriteAllText(file, ConfigReader.Write(Presets.Get(name)));
            Assert.Equal(Presets.Get(name), ConfigReader.Read(new RunConfig(), file, []));
        }
    }

    [Theory]
    [InlineData("calm.hiden_size=96", "did you mean calm.hidden_size")]
    [InlineData("kalm.hidden_size=96", "did you mean calm")]
    [InlineData("calm=3", "has keys of its own")]
    [InlineData("calm.hidden_size", "must be key.key=value")]
    [InlineData("calm.hidden_size.x=1", "is a value")]
    [InlineData("calm.hidden_size=many", "calm.hidden_size")]
    [InlineData("calm_training.schedule=sometimes", "calm_training.schedule")]
    public void A_wrong_setting_is_named(string setting, string message)
    {
        SettingException failure = Assert.Throws<SettingException>(
            () => ConfigReader.Read(Presets.Get("demo"), null, [setting]));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [InlineData("{ \"calm\": ")]
    [InlineData("[1, 2]")]
    [InlineData("null")]
    public void A_file_that_is_no_object_is_refused_in_a_line(string text)
    {
        using TemporaryFolder folder = new();
        string file = folder["config.json"];
        File.WriteAllText(file, text);
        CalmException failure = Assert.ThrowsAny<CalmException>(() => ConfigReader.Read(Presets.Get("demo"), file, []));
        Assert.Contains(file, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Learning_rate_warms_up_and_falls_along_a_cosine()
    {
        TrainingConfig config = new()
        {
            Steps = 1000, WarmupSteps = 100, LearningRate = 2, FinalFraction = 0.05, Schedule = LearningRateSchedule.Cosine,
        };
        Assert.Equal(0.02, config.LearningRateAt(1), 9);
        Assert.Equal(2, config.LearningRateAt(100), 9);
        Assert.Equal(2 * (0.05 + 0.95 / 2), config.LearningRateAt(550), 9);
        Assert.Equal(0.1, config.LearningRateAt(1000), 9);
        TrainingConfig constant = config with { Schedule = LearningRateSchedule.Constant };
        Assert.Equal(2, constant.LearningRateAt(1000), 9);
    }

    [Fact]
    public void Shapes_that_cannot_work_are_refused_before_anything_is_computed()
    {
        RunConfig demo = Presets.Get("demo");
        Assert.Throws<SettingException>(() => ConfigCheck.Calm(demo.Calm with { NumAttentionHeads = 3 }, demo.Autoencoder));
        Assert.Throws<SettingException>(() => ConfigCheck.Calm(demo.Calm with { PatchSize = 2 }, demo.Autoencoder));
        Assert.Throws<SettingException>(() => ConfigCheck.Calm(demo.Calm with { Beta = 2.1f }, demo.Autoencoder));
        Assert.Throws<SettingException>(
            () => ConfigCheck.Calm(demo.Calm with { AuxiliaryWeight = -1 }, demo.Autoencoder));
        Assert.Throws<SettingException>(
            () => ConfigCheck.Training(demo.CalmTraining with { BatchSize = 8, Accumulate = 3 }, "calm_training"));
        ConfigCheck.Calm(demo.Calm, demo.Autoencoder);
    }
}
