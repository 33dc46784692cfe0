using System.Security.Cryptography;

namespace Calm.Faults;

/// <summary>Models so small that a training run takes a second, and the command lines that train them.</summary>
internal static class Nano
{
    // Operations are those that were really done: a process encodes patches again that the one before it had kept.
    private static readonly string[] OfProcess =
    [
        "seconds", "tokensPerSecond", "memoryMb", "flops", "attentionFlops", "otherFlops", "flopsPerSecond", "percentOfPeak",
    ];

    private const string Settings = """
        {"autoencoder":{"hidden_size":32,"intermediate_size":64,"latent_size":16,"num_encoder_layers":2,"num_decoder_layers":2},
         "autoencoder_training":{"steps":12,"batch_size":64,"evaluate_every":0,"evaluation_patches":256,"log_every":1},
         "calm":{"hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":2,
                 "num_key_value_heads":2,"noise_size":8,"latent_size":16,"num_mlp_layers":2,"num_samples":4,"num_targets":8},
         "calm_training":{"steps":12,"batch_size":4,"context_patches":16,"evaluate_every":0,"evaluation_patches":128,"log_every":1},
         "ar":{"hidden_size":32,"intermediate_size":64,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":2},
         "ar_training":{"steps":12,"batch_size":4,"context_tokens":64,"evaluate_every":0,"evaluation_patches":128,"log_every":1}}
        """;

    /// <summary>Writes text, settings and a trained autoencoder into a folder.</summary>
    public static void Prepare(TemporaryFolder folder, int words = 3000)
    {
        folder.Write("text.txt", SmallText.Words(words));
        folder.Write("nano.json", Settings);
        Result trained = InProcess.Run(Train(folder, Stage.Autoencoder, folder["ae"]));
        if (trained.Code != 0)
        {
            throw new InvalidOperationException(trained.Error);
        }
    }

    /// <summary>The same with a run of every stage.</summary>
    public static void PrepareAll(TemporaryFolder folder)
    {
        Prepare(folder);
        foreach (Stage stage in new[] { Stage.Calm, Stage.Ar })
        {
            InProcess.Run(Train(folder, stage, folder[stage.Name()], "--steps", "3"));
        }
    }

    /// <summary>The command line that trains a stage; the same with <c>--resume</c> goes on.</summary>
    public static string[] Train(TemporaryFolder folder, Stage stage, string run, params string[] more) =>
    [
        "train", stage.Name(), .. stage == Stage.Calm ? (string[])["--autoencoder", folder["ae"]] : ["--data", folder["text.txt"]],
        "--run", run, "--preset", "tiny", "--config", folder["nano.json"], "--device", "host", "--threads", "1", .. more,
    ];

    /// <summary>Hash of the weights of a finished run.</summary>
    public static string Weights(string run) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, "model.safetensors"))));

    /// <summary>The log of a run without what depends on the process.</summary>
    public static string Log(string run) => string.Join('\n', TrainingLog.Read(Path.Combine(run, TrainingLog.FileName)).Select(line =>
        string.Join(' ', line.Where(entry => !OfProcess.Contains(entry.Key)).Select(entry => $"{entry.Key} {entry.Value}"))));
}
