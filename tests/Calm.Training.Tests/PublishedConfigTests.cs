using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Keys of a config.json that change the mathematics: each is honoured or refused by name, for all models alike.</summary>
public sealed class PublishedConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HostDevice _host = new(1);

    public static TheoryData<string, string, string> Refused
    {
        get
        {
            TheoryData<string, string, string> data = [];
            foreach (string model in new[] { "calm_energy", "ar_llama" })
            {
                data.Add(model, "rope_scaling", """{"type": "linear", "factor": 2.0}""");
                data.Add(model, "rope_parameters", """{"rope_type": "llama3", "factor": 8.0}""");
                data.Add(model, "partial_rotary_factor", "0.5");
                data.Add(model, "hidden_act", "\"gelu\"");
                data.Add(model, "attention_bias", "true");
                data.Add(model, "attention_dropout", "0.1");
                data.Add(model, "hidden_dropout", "0.1");
                data.Add(model, "hidden_activation", "\"gelu\"");
                data.Add(model, "use_sliding_window", "true");
                data.Add(model, "layer_types", "[\"sliding_attention\"]");
                data.Add(model, "sliding_window", "64");
                data.Add(model, "head_dim", "16");
                data.Add(model, "model_type", "\"mistral\"");
                data.Add(model, "quantization_config", """{"bits": 4}""");
                data.Add(model, "num_experts", "4");
                data.Add(model, "eos_token_id", "[2, 3]");
            }

            foreach (string model in new[] { "calm_energy", "ar_llama", "autoencoder" })
            {
                data.Add(model, "mlp_bias", "true");
                data.Add(model, "hidden_act", "\"relu\"");
                data.Add(model, "hidden_sizee", "32");
            }

            data.Add("calm_energy", "tie_word_embeddings", "true");
            data.Add("calm_energy", "head", "\"flow\"");
            data.Add("calm_energy", "patch_size", "2");
            data.Add("calm_energy", "latent_size", "4");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_changes_the_mathematics_and_is_not_here_is_refused_by_name(string model, string key, string value)
    {
        string folder = With(model, config => config[key] = JsonNode.Parse(value));
        CalmException failure = Assert.Throws<CalmException>(() => Load(model, folder));
        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void An_architecture_that_is_not_here_is_refused_by_name()
    {
        string folder = With("ar_llama", config => config["architectures"] = new JsonArray("MistralForCausalLM"));
        CalmException failure = Assert.Throws<CalmException>(() => PublishedConfig.Read(folder).Stage);
        Assert.Contains("MistralForCausalLM", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("calm_energy")]
    [InlineData("ar_llama")]
    public void Each_other_key_that_changes_the_mathematics_is_honoured(string model)
    {
        Assert.Equal(500, Read(config => config["rope_theta"] = 500).RopeTheta);
        Assert.Equal(500, Read(config => config["rope_parameters"] = Rope()).RopeTheta);
        Assert.Equal(1e-3f, Read(config => config["rms_norm_eps"] = 1e-3).RmsNormEps);
        Assert.Equal(7, Read(config => config["pad_token_id"] = 7).PadTokenId);
        Assert.Null(Read(config => config["pad_token_id"] = -1).PadTokenId);
        Assert.Equal(3, Read(config => config["eos_token_id"] = new JsonArray(3)).EosTokenId);
        Assert.Equal(4, Read(config => config.Remove("num_key_value_heads")).NumKeyValueHeads);
        Assert.Equal(2, Read(config => config["num_attention_heads"] = 2, fits: false).NumAttentionHeads);
        CalmException failure = Assert.Throws<CalmException>(
            () => Load(model, With(model, config => config["num_key_value_heads"] = 2)));
        Assert.Contains("k_proj", failure.Message, StringComparison.Ordinal);

        static JsonObject Rope() => new() { ["rope_type"] = "default", ["rope_theta"] = 500.0 };

        TransformerConfig Read(Action<JsonObject> change, bool fits = true)
        {
            string folder = With(model, config =>
            {
                change(config);
                if (!fits)
                {
                    config["num_key_value_heads"] = config["num_attention_heads"]!.DeepClone();
                }
            });
            return (TransformerConfig)Load(model, folder);
        }
    }

    [Fact]
    public void A_tied_output_matrix_is_honoured_in_a_discrete_model()
    {
        string folder = With("ar_llama", config => config["tie_word_embeddings"] = true);
        using ModelWeights weights = ModelWeights.Open(folder);
        Assert.True(PublishedConfig.Read(folder).Ar(weights).TieWordEmbeddings);

        // Its file has an output matrix of its own.
        Assert.Contains("tie_word_embeddings", Assert.Throws<CalmException>(() => Load("ar_llama", folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_the_head_and_the_regularisers_are_honoured()
    {
        CalmConfig calm = (CalmConfig)Load("calm_energy", With("calm_energy", config =>
        {
            config["beta"] = 1.5;
            config["num_samples"] = 4;
        }));
        Assert.Equal((1.5f, 4), (calm.Beta, calm.NumSamples));
        AutoencoderConfig autoencoder = (AutoencoderConfig)Load("autoencoder", With("autoencoder", config =>
        {
            config["ae_dropout"] = 0.25;
            config["kl_clamp"] = 0.125;
            config["kl_weight"] = 0.5;
        }));
        Assert.Equal((0.25f, 0.125f, 0.5f), (autoencoder.AeDropout, autoencoder.KlClamp, autoencoder.KlWeight));
    }

    [Fact]
    public void Keys_that_do_nothing_may_be_anything_and_missing_ones_are_those_of_the_published_classes()
    {
        ArConfig read = (ArConfig)Load("ar_llama", With("ar_llama", config =>
        {
            config["use_cache"] = false;
            config["pretraining_tp"] = 2;
            config["max_position_embeddings"] = 16;
            config["rope_scaling"] = null;
            config["head_dim"] = 8;
            config.Remove("rope_theta");
            config.Remove("rms_norm_eps");
        }));
        Assert.Equal((10000f, 1e-6f), (read.RopeTheta, read.RmsNormEps));
        string folder = With("ar_llama", config => config.Remove("hidden_size"));
        using ModelWeights weights = ModelWeights.Open(folder);
        Assert.Equal(4096, PublishedConfig.Read(folder).Ar(weights).HiddenSize);
    }

    [Fact]
    public void Weights_that_the_model_has_no_place_for_are_refused_by_name()
    {
        string folder = With("ar_llama", config => config["num_hidden_layers"] = 1);
        CalmException failure = Assert.Throws<CalmException>(() => Load("ar_llama", folder));
        Assert.Contains("model.layers.1.", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _host.Dispose();
        _folder.Dispose();
    }

    private object Load(string model, string folder) => model switch
    {
        "autoencoder" => PublishedCheckpoint.LoadAutoencoder(folder, _host).Config,
        "calm_energy" => PublishedCheckpoint.LoadCalm(folder, _host).Config,
        _ => PublishedCheckpoint.LoadAr(folder, _host).Config,
    };

    private string With(string model, Action<JsonObject> change)
    {
        string golden = Path.Combine(Golden.Checkpoints, model);
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(golden, ModelFolder.ConfigFile)))!.AsObject();
        change(config);
        string folder = Directory.CreateDirectory(_folder[$"{model}-{Guid.NewGuid():N}"]).FullName;
        File.WriteAllText(Path.Combine(folder, ModelFolder.ConfigFile), config.ToJsonString());
        File.Copy(Path.Combine(golden, ModelFolder.WeightsFile), Path.Combine(folder, ModelFolder.WeightsFile));
        return folder;
    }
}
