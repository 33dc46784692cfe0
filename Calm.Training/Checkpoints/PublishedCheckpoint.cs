using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads model folders as the published code and this program write them: <c>config.json</c> beside safetensors weights.
/// A CALM model's folder may hold its autoencoder's weights under <c>ae_model.</c>, with the shape in the folder that
/// <c>ae_path</c> names or, without one, inferred from the weights.
/// </summary>
internal static class PublishedCheckpoint
{
    /// <summary>Prefix of the autoencoder's weights in a language model's checkpoint.</summary>
    public const string AutoencoderPrefix = "ae_model.";

    // Published checkpoints hold the head under both names.
    private const string HeadAlias = "mlp_generator.";
    private const string LastLayer = "net.final_layer.linear.weight";

    private static readonly JsonFile Json = new("a model's configuration", "get it again", SettingsJson.Options);

    /// <summary>Name of a discrete model's architecture in configurations.</summary>
    public const string ArArchitecture = "LlamaForCausalLM";

    /// <summary>The architecture that a folder's configuration names.</summary>
    /// <exception cref="CalmException">There is no configuration, or it names none.</exception>
    public static string Architecture(string folder)
    {
        JsonElement config = ReadConfig(folder);
        return config.TryGetProperty("architectures", out JsonElement names) && names.ValueKind == JsonValueKind.Array
            && names.GetArrayLength() > 0 && names[0].ValueKind == JsonValueKind.String
            ? names[0].GetString()!
            : throw new CalmException($"{ConfigOf(folder)}: names no architecture.");
    }

    /// <summary>An autoencoder with its weights.</summary>
    public static Autoencoder LoadAutoencoder(string folder, Device device, bool trainable = false)
    {
        AutoencoderConfig config = AutoencoderShape(folder);
        Autoencoder model = new(new ParameterSet(), config);
        using SafetensorsWeights weights = new(folder);
        Weights.Load(model.Parameters, weights, device, trainable);
        return model;
    }

    /// <summary>A CALM model with its weights and those of its autoencoder.</summary>
    public static CalmModel LoadCalm(string folder, Device device, bool trainable = false)
    {
        JsonElement config = ReadConfig(folder);
        using SafetensorsWeights weights = new(folder);
        Autoencoder autoencoder = new(new ParameterSet(), AutoencoderShape(folder, config, weights), AutoencoderPrefix);
        CalmConfig shape = CalmShape(folder, config);
        CalmModel model = new(shape with { Head = HeadOf(weights, shape) }, autoencoder);
        Weights.Load(autoencoder.Parameters, weights, device, trainable: false);
        Weights.Load(model.Parameters, weights, device, trainable);
        return model;
    }

    /// <summary>A discrete model with its weights.</summary>
    /// <exception cref="CalmException">It has parts that this model lacks, such as biases; the message names them.</exception>
    public static ArModel LoadAr(string folder, Device device, bool trainable = false)
    {
        JsonElement config = ReadConfig(folder);
        using SafetensorsWeights weights = new(folder);
        ArModel model = new(ArShape(folder, config, weights));
        bool underOtherName = model.Config.TieWordEmbeddings && !weights.TryRead(ArModel.TableName, out _, out _);
        Weights.Load(model.Parameters, underOtherName ? new TableAsOutput(weights) : weights, device, trainable);
        return model;
    }

    /// <summary>The kind of a checkpoint's head: a flow head has L outputs, a diffusion head 2 L.</summary>
    /// <exception cref="CalmException">The weights belong to an unknown kind of head.</exception>
    public static HeadKind HeadOf(IWeightSource weights, CalmConfig config)
    {
        if (!weights.TryRead(LatentHead.Prefix + LastLayer, out int[] sizes, out _)
            && !weights.TryRead(HeadAlias + LastLayer, out sizes, out _))
        {
            return HeadKind.Energy;
        }

        return sizes[0] == config.LatentSize ? HeadKind.Flow
            : sizes[0] == 2 * config.LatentSize ? HeadKind.Diffusion
            : throw new CalmException(
                $"{weights.Where}: {LatentHead.Prefix}{LastLayer} has {sizes[0]} rows; with this latent_size a flow head has "
                + $"{config.LatentSize}, a diffusion head {2 * config.LatentSize}.");
    }

    /// <summary>The shape of a discrete model, by the defaults of the library that made it.</summary>
    private static ArConfig ArShape(string folder, JsonElement config, IWeightSource weights)
    {
        RequireKnownParts(folder, config);
        ArConfig shape = Shape<ArConfig>(folder, config, _ => { });
        shape = shape with
        {
            NumKeyValueHeads =
                config.TryGetProperty("num_key_value_heads", out _) ? shape.NumKeyValueHeads : shape.NumAttentionHeads,
            TieWordEmbeddings = config.TryGetProperty("tie_word_embeddings", out _)
                ? shape.TieWordEmbeddings
                : !weights.TryRead(ArModel.OutputName, out _, out _),
        };
        return Checked(folder, shape, ShapeCheck.Of);
    }

    /// <summary>Refuses what this program's transformers lack.</summary>
    private static void RequireKnownParts(string folder, JsonElement config)
    {
        foreach (string name in new[] { "attention_bias", "mlp_bias", "rope_scaling" })
        {
            if (config.TryGetProperty(name, out JsonElement value)
                && value.ValueKind is not (JsonValueKind.False or JsonValueKind.Null))
            {
                throw new CalmException($"{ConfigOf(folder)}: asks for {name}, which this program's models do not have.");
            }
        }

        if (config.TryGetProperty("hidden_act", out JsonElement activation) && activation.ToString() is not ("silu" or ""))
        {
            throw new CalmException($"{ConfigOf(folder)}: asks for hidden_act {activation}, this program's models have silu.");
        }
    }

    /// <summary>Reads a tied embedding table that a checkpoint stores under the name of the output matrix.</summary>
    private sealed class TableAsOutput(IWeightSource source) : IWeightSource
    {
        public string Where => source.Where;

        public long Count => source.Count;

        public bool TryRead(string name, out int[] sizes, out float[] values) =>
            source.TryRead(name == ArModel.TableName ? ArModel.OutputName : name, out sizes, out values);
    }

    private static AutoencoderConfig AutoencoderShape(string folder) =>
        Shape<AutoencoderConfig>(folder, ReadConfig(folder), ShapeCheck.Of);

    private static CalmConfig CalmShape(string folder, JsonElement config)
    {
        RequireKnownParts(folder, config);
        return Shape<CalmConfig>(folder, config, ShapeCheck.Of);
    }

    private static T Shape<T>(string folder, JsonElement config, Action<T> check) =>
        Checked(folder, Json.Parse<T>(JsonSerializer.SerializeToUtf8Bytes(config), ConfigOf(folder)), check);

    private static T Checked<T>(string folder, T shape, Action<T> check)
    {
        try
        {
            check(shape);
            return shape;
        }
        catch (SettingException failure)
        {
            throw new CalmException($"{ConfigOf(folder)}: {failure.Message}", failure);
        }
    }

    private static string ConfigOf(string folder) => Path.Combine(folder, ModelFolder.ConfigFile);

    private static JsonElement ReadConfig(string folder) =>
        JsonSerializer.SerializeToElement(Json.ReadObject(ConfigOf(folder)));

    private static AutoencoderConfig AutoencoderShape(string folder, JsonElement config, IWeightSource weights)
    {
        if (config.TryGetProperty("ae_path", out JsonElement path) && path.ValueKind == JsonValueKind.String)
        {
            string named = Path.GetFullPath(Path.Combine(folder, path.GetString()!.Replace("\0", "", StringComparison.Ordinal)));
            if (File.Exists(ConfigOf(named)))
            {
                return AutoencoderShape(named);
            }
        }

        return Infer(folder, CalmShape(folder, config), weights);
    }

    /// <summary>Infers the sizes of an autoencoder from its weights.</summary>
    private static AutoencoderConfig Infer(string folder, CalmConfig calm, IWeightSource weights)
    {
        int[] feedForward = Sizes("encoder.encoder_layers.0.mlp.gate_proj.weight");
        int[] squeeze = Sizes("encoder.squeeze_layer.weight");
        AutoencoderConfig shape = new()
        {
            PatchSize = squeeze[1] / squeeze[0],
            VocabSize = calm.VocabSize,
            HiddenSize = squeeze[0],
            IntermediateSize = feedForward[0],
            NumEncoderLayers = CountLayers("encoder.encoder_layers"),
            NumDecoderLayers = CountLayers("decoder.decoder_layers"),
            LatentSize = Sizes("decoder.latent_to_hidden.weight")[1],
            BosTokenId = calm.BosTokenId,
            EosTokenId = calm.EosTokenId,
            PadTokenId = calm.PadTokenId,
        };
        return Checked(folder, shape, ShapeCheck.Of);

        int[] Sizes(string name) =>
            weights.TryRead(AutoencoderPrefix + name, out int[] sizes, out _) && sizes.Length == 2 && sizes[0] > 0
                ? sizes
                : throw new CalmException($"{weights.Where}: has no matrix {AutoencoderPrefix}{name}.");

        int CountLayers(string name)
        {
            int count = 0;
            while (weights.TryRead($"{AutoencoderPrefix}{name}.{count}.layernorm.weight", out _, out _))
            {
                count++;
            }

            return count;
        }
    }
}
