namespace Calm.Cli.Tests;

/// <summary>A text, a configuration and folders so small that whole training runs take a second.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyRun()
    {
        TextFile = _folder.Write("text.txt", SmallText.Words(3000));
    }

    /// <summary>A file of about 15 KB.</summary>
    public string TextFile { get; }

    /// <summary>A path inside the folder.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Sizes of both models.</summary>
    public static string[] Settings =>
    [
        "--set", "autoencoder.hidden_size=32", "--set", "autoencoder.intermediate_size=48",
        "--set", "autoencoder.latent_size=16", "--set", "calm.hidden_size=32", "--set", "calm.intermediate_size=48",
        "--set", "calm.num_hidden_layers=2", "--set", "calm.num_mlp_layers=1", "--set", "calm.noise_size=16",
        "--set", "calm.num_targets=20", "--set", "calm.latent_size=16", "--set", "calm_training.context_patches=16",
        "--set", "calm_training.evaluation_patches=64", "--set", "autoencoder_training.evaluation_patches=64",
        "--set", "calm_training.evaluate_every=0", "--set", "autoencoder_training.evaluate_every=0",
        "--set", "autoencoder_training.batch_size=64", "--device", "host",
    ];

    /// <summary>Trains an autoencoder for a few steps.</summary>
    public void TrainAutoencoder(int steps = 30) =>
        Succeeds(["train", "autoencoder", "--data", TextFile, "--run", this["ae"], "--steps", $"{steps}", .. Settings]);

    /// <summary>The command line of a language model's training.</summary>
    public string[] TrainCalm(string run, params string[] more) =>
        ["train", "calm", "--autoencoder", this["ae"], "--run", this[run], .. Settings, .. more];

    /// <summary>The same command on another device.</summary>
    public static string[] On(string device, string[] args) =>
        [.. args.Select((arg, i) => i > 0 && args[i - 1] == "--device" ? device : arg)];

    /// <summary>Runs a command that must succeed and returns its standard output.</summary>
    public static string Succeeds(params string[] args)
    {
        (int code, string output, string error) = CommandLineTests.Calm(args);
        Assert.True(code == 0, $"exit code {code}: {error}");
        return output;
    }

    /// <summary>Runs a command that must fail and returns its one line.</summary>
    public static string Fails(int expectedCode, params string[] args)
    {
        (int code, string output, string error) = CommandLineTests.Calm(args);
        string last = error.TrimEnd('\n').Split('\n')[^1];
        Assert.True(code == expectedCode, $"exit code {code}: {error}");
        Assert.Equal("", output);
        Assert.StartsWith("calm: ", last, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", last, StringComparison.Ordinal);
        return last;
    }

    public void Dispose() => _folder.Dispose();
}
