using System.ComponentModel.DataAnnotations;
using System.Reflection;
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
        RunConfig config = ConfigReader.Read(Presets.Get("demo"), file, ["calm.hidden_size=96", "calm_training.nan=skip", "ar_training.schedule=warmup_stable_decay"]);
        Assert.Equal(96, config.Calm.HiddenSize);
        Assert.Equal(3, config.Calm.NumMlpLayers);
        Assert.Equal(LearningRateSchedule.Constant, config.CalmTraining.Schedule);
        Assert.Equal(NanPolicy.Skip, config.CalmTraining.Nan);
        Assert.Equal(LearningRateSchedule.WarmupStableDecay, config.ArTraining.Schedule);
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
    public void Learning_rate_falls_in_a_line()
    {
        TrainingConfig config = new()
        {
            Steps = 1000, WarmupSteps = 100, LearningRate = 2, FinalFraction = 0.1, Schedule = LearningRateSchedule.Linear,
        };
        Assert.Equal(0.02, config.LearningRateAt(1), 12);
        Assert.Equal(2, config.LearningRateAt(100), 12);
        Assert.Equal(2 * (0.1 + 0.9 * 899 / 900), config.LearningRateAt(101), 12);
        Assert.Equal(2 * 0.55, config.LearningRateAt(550), 12);
        Assert.Equal(0.2, config.LearningRateAt(1000), 12);
        Assert.Equal(0.2, config.LearningRateAt(1001), 12);
    }

    /// <summary>As one minus the square root of the decay's progress; a run with more steps has the same rates before.</summary>
    [Fact]
    public void Learning_rate_stays_and_falls_at_the_end()
    {
        TrainingConfig config = new()
        {
            Steps = 1000, WarmupSteps = 100, LearningRate = 2, FinalFraction = 0.1,
            Schedule = LearningRateSchedule.WarmupStableDecay,
        };
        Assert.Equal(0.02, config.LearningRateAt(1), 12);
        Assert.Equal(2, config.LearningRateAt(100), 12);
        Assert.Equal(2, config.LearningRateAt(800));
        Assert.Equal(2 * (0.1 + 0.9 * (1 - Math.Sqrt(1 / 200.0))), config.LearningRateAt(801), 12);
        Assert.Equal(2 * (0.1 + 0.9 * 0.5), config.LearningRateAt(850), 12);
        Assert.Equal(0.2, config.LearningRateAt(1000), 12);

        TrainingConfig longer = config with { Steps = 2000 };
        Assert.All(Enumerable.Range(1, 800), step => Assert.Equal(config.LearningRateAt(step), longer.LearningRateAt(step)));
        Assert.Equal(2, longer.LearningRateAt(1600));
        Assert.Equal(2 * (0.1 + 0.9 * 0.5), longer.LearningRateAt(1700), 12);

        TrainingConfig few = config with { DecaySteps = 40 };
        Assert.Equal(2, few.LearningRateAt(960));
        Assert.Equal(2 * (0.1 + 0.9 * 0.5), few.LearningRateAt(970), 12);
        TrainingConfig all = config with { DecaySteps = 5000 };
        Assert.Equal(2, all.LearningRateAt(100), 12);
        Assert.Equal(2 * (0.1 + 0.9 * 0.5), all.LearningRateAt(325), 12);
        Assert.Equal(0.2, (config with { Steps = 1, WarmupSteps = 0 }).LearningRateAt(1), 12);
    }

    [Fact]
    public void Shapes_that_cannot_work_are_refused_before_anything_is_computed()
    {
        RunConfig demo = Presets.Get("demo");
        Refused(demo with { Calm = demo.Calm with { NumAttentionHeads = 3 } });
        Refused(demo with { Calm = demo.Calm with { PatchSize = 2 } });
        Refused(demo with { CalmTraining = demo.CalmTraining with { BatchSize = 8, Accumulate = 3 } });
        ConfigCheck.Stage(demo, Stage.Calm);

        static void Refused(RunConfig config) => Assert.Throws<SettingException>(() => ConfigCheck.Stage(config, Stage.Calm));
    }

    /// <summary>A number without a range would be checked nowhere.</summary>
    [Fact]
    public void Every_number_of_a_configuration_has_a_range()
    {
        Type[] numbers = [typeof(int), typeof(float), typeof(double), typeof(int?), typeof(float?)];
        IEnumerable<string> without =
            from type in (Type[])[typeof(AutoencoderConfig), typeof(CalmConfig), typeof(ArConfig), typeof(TrainingConfig)]
            from property in type.GetProperties()
            where numbers.Contains(property.PropertyType) && property.CanWrite
            where property.GetCustomAttribute<RangeAttribute>() is null
            select $"{type.Name}.{property.Name}";
        Assert.Equal([], without);
    }

    [Theory]
    [InlineData("calm.beta=2.1", "calm.beta is 2.1, expected above 0 and at most 2.")]
    [InlineData("calm.auxiliary_weight=-1", "calm.auxiliary_weight is -1, expected 0 to 1000000.")]
    [InlineData("calm.num_hidden_layers=20000000", "calm.num_hidden_layers is 20000000, expected 1 to 1024.")]
    [InlineData("autoencoder.ae_dropout=1", "autoencoder.ae_dropout is 1, expected at least 0 and below 1.")]
    [InlineData("calm_training.beta1=NaN", "calm_training.beta1 is NaN, expected at least 0 and below 1.")]
    [InlineData("calm_training.learning_rate=Infinity", "calm_training.learning_rate is Infinity, expected above 0 and at most 10.")]
    [InlineData("calm_training.final_fraction=-3", "calm_training.final_fraction is -3, expected 0 to 1.")]
    [InlineData("calm_training.ema_decay=1", "calm_training.ema_decay is 1, expected at least 0 and below 1.")]
    [InlineData("calm_training.skip_loss_z=-1", "calm_training.skip_loss_z is -1, expected 0 to 1000000.")]
    [InlineData("calm_training.evaluate_every=-1", "calm_training.evaluate_every is -1, expected 0 to 1000000000.")]
    public void A_number_out_of_its_range_is_named_with_it(string setting, string message)
    {
        RunConfig config = ConfigReader.Read(Presets.Get("demo"), null, [setting]);
        Assert.Equal(message, Assert.Throws<SettingException>(() => ConfigCheck.Stage(config, Stage.Calm)).Message);
    }
}
