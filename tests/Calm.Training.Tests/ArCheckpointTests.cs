using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Discrete models as folders of the published layout, in the forms in which they are met.</summary>
public sealed class ArCheckpointTests : IDisposable
{
    private static readonly ArConfig Shape = new()
    {
        VocabSize = 11, HiddenSize = 8, IntermediateSize = 12, NumHiddenLayers = 2, NumAttentionHeads = 4,
        NumKeyValueHeads = 2, BosTokenId = 0, EosTokenId = 1,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly HostDevice _host = new(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_reads_back(bool tied)
    {
        ArModel model = Random(Shape with { TieWordEmbeddings = tied });
        CheckpointFolder checkpoints = new(_folder[$"written-{tied}"], 1);
        SavedCheckpoint saved = checkpoints.Save(1, writer => ModelFolder.Write(writer, model));
        Assert.Equal(PublishedCheckpoint.ArArchitecture, PublishedCheckpoint.Architecture(saved.Folder));
        ArModel read = PublishedCheckpoint.LoadAr(saved.Folder, _host);
        Assert.Equal(model.Config, read.Config);
        Assert.Equal(Values(model), Values(read));
    }

    [Theory]
    [InlineData(ArModel.TableName)]
    [InlineData(ArModel.OutputName)]
    public void A_tied_table_may_have_either_name(string name)
    {
        ArModel model = Random(Shape with { TieWordEmbeddings = true });
        JsonObject config = new() { ["tie_word_embeddings"] = true };
        string folder = Write(config, model, n => n == ArModel.TableName ? name : n);
        ArModel read = PublishedCheckpoint.LoadAr(folder, _host);
        Assert.Equal(Values(model), Values(read));
        Assert.Equal(read.OutputTable.ToArray(), model.OutputTable.ToArray());
    }

    [Fact]
    public void Without_a_word_about_it_a_model_is_tied_if_it_has_no_output_matrix_and_has_as_many_key_heads_as_heads()
    {
        ArModel model = Random(Shape with { TieWordEmbeddings = true, NumKeyValueHeads = 4 });
        string folder = Write(new JsonObject { ["num_key_value_heads"] = null }, model, n => n, drop: "num_key_value_heads");
        ArModel read = PublishedCheckpoint.LoadAr(folder, _host);
        Assert.True(read.Config.TieWordEmbeddings);
        Assert.Equal(4, read.Config.NumKeyValueHeads);
        Assert.Equal(Values(model), Values(read));
    }

    [Fact]
    public void An_untied_model_without_its_output_matrix_is_refused()
    {
        ArModel model = Random(Shape with { TieWordEmbeddings = true });
        string folder = Write(new JsonObject { ["tie_word_embeddings"] = false }, model, n => n);
        CalmException failure = Assert.Throws<CalmException>(() => PublishedCheckpoint.LoadAr(folder, _host));
        Assert.Contains(ArModel.OutputName, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tied_model_with_an_output_matrix_of_its_own_is_refused()
    {
        ArModel model = Random(Shape with { TieWordEmbeddings = false });
        string folder = Write(new JsonObject { ["tie_word_embeddings"] = true }, model, n => n);
        CalmException failure = Assert.Throws<CalmException>(() => PublishedCheckpoint.LoadAr(folder, _host));
        Assert.Contains("tie_word_embeddings", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("attention_bias", "true")]
    [InlineData("mlp_bias", "true")]
    [InlineData("rope_scaling", """{ "factor": 8 }""")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("hidden_size", "\"wide\"")]
    public void What_this_model_has_not_is_refused(string key, string value)
    {
        string folder = Write(new JsonObject { [key] = JsonNode.Parse(value) }, Random(Shape), n => n);
        CalmException failure = Assert.Throws<CalmException>(() => PublishedCheckpoint.LoadAr(folder, _host));
        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _host.Dispose();
        _folder.Dispose();
    }

    private static float[] Values(ArModel model) => [.. Weights.Read(model.Parameters).SelectMany(w => w.Values)];

    private ArModel Random(ArConfig config)
    {
        ArModel model = new(config);
        model.Parameters.Allocate(_host, trainable: false);
        model.Parameters.Initialize(RandomStreams.ArWeights(1));
        return model;
    }

    private string Write(JsonObject extra, ArModel model, Func<string, string> rename, string drop = "")
    {
        JsonObject config = new()
        {
            ["vocab_size"] = Shape.VocabSize, ["hidden_size"] = Shape.HiddenSize,
            ["bos_token_id"] = Shape.BosTokenId, ["eos_token_id"] = Shape.EosTokenId,
            ["intermediate_size"] = Shape.IntermediateSize, ["num_hidden_layers"] = Shape.NumHiddenLayers,
            ["num_attention_heads"] = Shape.NumAttentionHeads, ["num_key_value_heads"] = model.Config.NumKeyValueHeads,
        };
        foreach ((string key, JsonNode? value) in extra)
        {
            config[key] = value?.DeepClone();
        }

        config.Remove(drop);
        SafetensorsWriter weights = new();
        foreach ((string name, Shape shape, float[] values) in Weights.Read(model.Parameters))
        {
            weights.Add(rename(name), shape, values);
        }

        _folder.Write("model/config.json", config.ToJsonString());
        weights.Save(_folder["model/model.safetensors"]);
        return _folder["model"];
    }
}
