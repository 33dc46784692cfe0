using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Writes models in the layout of the published checkpoints: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class ModelFolder
{
    /// <summary>The file of a model's configuration.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The file of a model's weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The file of a model's weights in the format of <c>torch.save</c>, which is read, not written.</summary>
    public const string TorchWeightsFile = "pytorch_model.bin";

    /// <summary>Writes an autoencoder.</summary>
    public static void Write(CheckpointWriter writer, Autoencoder model) =>
        Write(writer, ConfigOf(model.Config), [model.Parameters]);

    /// <summary>Writes a language model and, under <c>ae_model.</c>, its autoencoder.</summary>
    public static void Write(CheckpointWriter writer, CalmModel model)
    {
        JsonObject config = ConfigOf(model.Config, PublishedCheckpoint.ArchitectureOf(model.Config.Head));
        config["model_type"] = model.Config.Head.ToString().ToLowerInvariant();
        Write(writer, config, [model.Autoencoder.Parameters, model.Parameters]);
    }

    /// <summary>Writes a discrete model.</summary>
    public static void Write(CheckpointWriter writer, ArModel model)
    {
        JsonObject config = ConfigOf(model.Config, PublishedCheckpoint.ArArchitecture);
        config["model_type"] = "llama";
        Write(writer, config, [model.Parameters]);
    }

    /// <summary>The <c>config.json</c> of an autoencoder.</summary>
    public static JsonObject ConfigOf(AutoencoderConfig config) => ConfigOf(config, PublishedCheckpoint.AutoencoderArchitecture);

    // Parts that these models lack are named, so that no reader has to guess.
    private static JsonObject ConfigOf<T>(T settings, string architecture)
    {
        JsonObject config = JsonSerializer.SerializeToNode(settings, SettingsJson.Options)!.AsObject();
        config["hidden_act"] = "silu";
        config["mlp_bias"] = false;
        if (settings is TransformerConfig)
        {
            config["attention_bias"] = false;
            config["attention_dropout"] = 0.0;
            config["rope_scaling"] = null;
        }

        config["architectures"] = new JsonArray(architecture);
        config["torch_dtype"] = "float32";
        return config;
    }

    private static void Write(CheckpointWriter writer, JsonObject config, IEnumerable<ParameterSet> sets)
    {
        writer.Write(ConfigFile, JsonSerializer.SerializeToUtf8Bytes(config, SettingsJson.Options));
        WriteWeights(writer, WeightsFile, sets);
    }

    /// <summary>Writes the weights of some sets, all in one file.</summary>
    internal static void WriteWeights(CheckpointWriter writer, string file, IEnumerable<ParameterSet> sets)
    {
        SafetensorsWriter weights = new();
        weights.AddMetadata("format", "pt");
        foreach ((string name, Shape shape, float[] values) in sets.SelectMany(Weights.Read))
        {
            weights.Add(name, shape, values);
        }

        writer.Write(file, weights.WriteTo);
    }
}
