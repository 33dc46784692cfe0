using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Checkpoints of others become runs, and runs become checkpoints for others.</summary>
public sealed class ImportTests : IDisposable
{
    private const string Ids = "3 17 5 9 22 41 96 1 64 8 11 90 2 50 33 71 3 17 5 9 22 41 96 1 64 8 11 90 2 50 33 71";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Checkpoints
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string name in new[] { "autoencoder", "calm_energy", "ar_llama" })
            {
                data.Add(name, ModelFolder.WeightsFile);
                data.Add(name, ModelFolder.TorchWeightsFile);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void A_golden_checkpoint_comes_in_and_goes_out_with_the_expected_numbers(string name, string weights)
    {
        string run = Import(Checkpoint(name, weights));
        string exported = _folder["exported/checkpoints/model"];
        TinyRun.Succeeds("export", run, "--to", exported);
        AssertExpected(name, exported);
        string again = _folder["again"];
        TinyRun.Succeeds("import", exported, "--run", again);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(run, ModelFolder.WeightsFile)),
            File.ReadAllBytes(Path.Combine(again, ModelFolder.WeightsFile)));
        TinyRun.Succeeds("export", again, "--to", _folder["once more"]);
        Assert.Equal(Contents(exported), Contents(_folder["once more"]));
    }

    [Theory]
    [InlineData("calm_energy")]
    [InlineData("ar_llama")]
    public void Both_formats_measure_and_write_alike(string name)
    {
        string safe = Import(Checkpoint(name, ModelFolder.WeightsFile));
        string torch = Import(Checkpoint(name, ModelFolder.TorchWeightsFile));
        string text = _folder.Write("text.txt", Ids + " " + Ids);
        Assert.Equal(Evaluate(safe), Evaluate(torch));
        Assert.Equal(Written(safe), Written(torch));
        Assert.Matches("^3 17 5 9( [0-9]+)+$", Written(safe));

        string Evaluate(string run) =>
            TinyRun.Succeeds("evaluate", run, "--data", text, "--context", "16", "--json", "--device", "host");

        static string Written(string run) => (string)JsonNode.Parse(TinyRun.Succeeds(
            "generate", run, "--prompt", "3 17 5 9", "--max-tokens", "8", "--json", "--device", "host"))!["text"]!;
    }

    [Fact]
    public void An_autoencoder_is_measured_on_any_text()
    {
        string run = Import(Checkpoint("autoencoder", ModelFolder.WeightsFile));
        JsonNode measure = JsonNode.Parse(TinyRun.Succeeds(
            "evaluate", run, "--data", _folder.Write("text.txt", Ids), "--json", "--device", "host"))!;
        Assert.Equal(36, (int)measure["tokens"]!); // 32, the end, and padding to a patch
        Assert.Contains(
            "has no text of its own", TinyRun.Fails(1, "evaluate", run, "--device", "host"), StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_of_short_floats_come_in()
    {
        string golden = Checkpoint("ar_llama", ModelFolder.WeightsFile);
        using ModelWeights weights = ModelWeights.Open(golden);
        StoredTensor[] tensors = [.. weights.Tensors];
        JsonObject map = [];
        foreach ((int shard, StoredTensor[] part) in ((int, StoredTensor[])[])[(1, tensors[..9]), (2, tensors[9..])])
        {
            SafetensorsWriter writer = new();
            foreach (StoredTensor tensor in part)
            {
                map[tensor.Name] = $"model-{shard}.safetensors";
                Shape shape = new([.. tensor.Sizes.Select(size => (int)size)]);
                writer.Add(tensor.Name, SafetensorsType.BF16, shape, () => weights.Read(tensor.Name));
            }

            writer.Save(_folder[$"shards/model-{shard}.safetensors"]);
        }

        _folder.Write("shards/model.safetensors.index.json", new JsonObject { ["weight_map"] = map }.ToJsonString());
        File.Copy(Path.Combine(golden, ModelFolder.ConfigFile), _folder[$"shards/{ModelFolder.ConfigFile}"]);
        string run = Import(_folder["shards"]);
        TinyRun.Succeeds("export", run, "--to", _folder["short"], "--dtype", "bfloat16");
        using ModelWeights read = ModelWeights.Open(_folder["short"]);
        foreach (StoredTensor tensor in tensors)
        {
            float[] want = weights.Read(tensor.Name);
            float[] got = read.Read(tensor.Name);
            Assert.Equal(SafetensorsType.BF16, read.Tensors.Single(other => other.Name == tensor.Name).Type);
            Assert.All(want.Zip(got), pair => Assert.InRange(pair.Second, pair.First - Math.Abs(pair.First) / 256, pair.First + Math.Abs(pair.First) / 256));
        }
    }

    [Fact]
    public void A_language_model_may_find_its_autoencoder_elsewhere()
    {
        string checkpoint = Checkpoint("calm_energy", ModelFolder.WeightsFile);
        string elsewhere = Checkpoint("autoencoder", ModelFolder.WeightsFile);
        string run = Import(checkpoint, "--autoencoder", elsewhere);
        Assert.Equal(0.15f, RunFolder.Open(run).ReadDescription().Config.Autoencoder.AeDropout);
        string config = Path.Combine(elsewhere, ModelFolder.ConfigFile);
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"latent_size\": 8", "\"latent_size\": 4", StringComparison.Ordinal));
        string line = TinyRun.Fails(1, "import", checkpoint, "--run", _folder["wrong"], "--autoencoder", elsewhere);
        Assert.Contains("latent_size is 8, expected the autoencoder's, 4", line, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_imported_or_exported_replaces_nothing()
    {
        string checkpoint = Checkpoint("ar_llama", ModelFolder.WeightsFile);
        string run = Import(checkpoint);
        Assert.Contains("is not empty", TinyRun.Fails(2, "import", checkpoint, "--run", run), StringComparison.Ordinal);
        Assert.Contains("is not empty", TinyRun.Fails(2, "export", run, "--to", checkpoint), StringComparison.Ordinal);
        string line = TinyRun.Fails(2, "train", "ar", "--run", run, "--resume", "--device", "host");
        Assert.Contains("was imported", line, StringComparison.Ordinal);
        Assert.Contains(
            "the tokenizer has 259",
            TinyRun.Fails(1, "import", checkpoint, "--run", _folder["bytes"], "--tokenizer", "bytes"), StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_lists_files_of_either_format()
    {
        foreach (string weights in new[] { ModelFolder.WeightsFile, ModelFolder.TorchWeightsFile })
        {
            JsonNode listing = JsonNode.Parse(TinyRun.Succeeds("inspect", Checkpoint("ar_llama", weights), "--json"))!;
            Assert.Equal(("LlamaForCausalLM", 23776), ((string)listing["architecture"]!, (int)listing["parameters"]!));
            Assert.Equal(21, listing["tensors"]!.AsArray().Count);
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A copy of a golden checkpoint with its weights in one format.</summary>
    private string Checkpoint(string name, string weights)
    {
        string golden = Path.Combine(Golden.Checkpoints, name);
        string folder = Directory.CreateDirectory(_folder[$"{name}-{Guid.NewGuid():N}/{name}"]).FullName;
        foreach (string file in new[] { ModelFolder.ConfigFile, weights })
        {
            File.Copy(Path.Combine(golden, file), Path.Combine(folder, file));
        }

        return folder;
    }

    private string Import(string checkpoint, params string[] more)
    {
        string run = _folder[$"run-{Guid.NewGuid():N}"];
        TinyRun.Succeeds(["import", checkpoint, "--run", run, .. more]);
        return run;
    }

    /// <summary>Compares what a checkpoint computes with the expected numbers of the golden set.</summary>
    private void AssertExpected(string name, string checkpoint)
    {
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(Golden.Folder, "manifest.json")))!.AsObject();
        JsonNode fixture = manifest["fixtures"]!.AsArray().Single(one => (string)one!["name"]! == $"checkpoints/{name}/expected")!.DeepClone();
        fixture["file"] = "expected.safetensors";
        fixture["attrs"]!["folder"] = Path.GetRelativePath(_folder["exported"], checkpoint);
        manifest["fixtures"] = new JsonArray(fixture);
        _folder.Write("exported/manifest.json", manifest.ToJsonString());
        File.Copy(Path.Combine(Golden.Checkpoints, name, "expected.safetensors"), _folder["exported/expected.safetensors"]);
        using HostDevice host = new(1);
        FixtureResult result = new GoldenSet(_folder["exported"]).Run((string)fixture["name"]!, host);
        Assert.Null(result.Failure);
        Assert.True(result.Passed);
    }

    private static IEnumerable<(string, byte[])> Contents(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetRelativePath(folder, file), File.ReadAllBytes(file)));
}
