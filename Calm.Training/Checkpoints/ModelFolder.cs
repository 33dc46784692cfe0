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

    /// <summary>Writes an autoencoder.</summary>
    public static void Write(CheckpointWriter writer, Autoencoder model) =>
        Write(writer, JsonSerializer.SerializeToNode(model.Config, SettingsJson.Options)!, "Autoencoder", [model.Parameters]);

    /// <summary>Writes a language model and, under <c>ae_model.</c>, its autoencoder.</summary>
    public static void Write(CheckpointWriter writer, CalmModel model) =>
        Write(
            writer, JsonSerializer.SerializeToNode(model.Config, SettingsJson.Options)!, $"{model.Config.Head}Transformer",
            [model.Autoencoder.Parameters, model.Parameters]);

    /// <summary>Writes a discrete model.</summary>
    public static void Write(CheckpointWriter writer, ArModel model)
    {
        JsonNode config = JsonSerializer.SerializeToNode(model.Config, SettingsJson.Options)!;
        config["model_type"] = "llama";
        config["hidden_act"] = "silu";
        Write(writer, config, PublishedCheckpoint.ArArchitecture, [model.Parameters]);
    }

    private static void Write(
        CheckpointWriter writer, JsonNode config, string architecture, IEnumerable<ParameterSet> sets)
    {
        config["architectures"] = new JsonArray(architecture);
        config["torch_dtype"] = "float32";
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
