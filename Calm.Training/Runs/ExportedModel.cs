using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Writes the model of a run in the layout that the published code and the transformers library read: <c>config.json</c>,
/// <c>model.safetensors</c>, the tokenizer's files, and of a language model of patches its autoencoder in a folder of its own.
/// </summary>
internal static class ExportedModel
{
    /// <summary>The folder of a language model's autoencoder.</summary>
    public const string AutoencoderFolder = "autoencoder";

    /// <summary>Settings of this program's own that no published model has; at these values they change nothing.</summary>
    private static readonly Dictionary<string, string> OwnSettings = new()
    {
        ["input"] = "tokens",
        ["head"] = "",
        ["auxiliary_weight"] = "0",
    };

    /// <summary>Writes the newest weights of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="type">The type of the weights: F32, F16 or BF16.</param>
    /// <returns>Names of the files, in the order in which they were written.</returns>
    /// <exception cref="CalmException">The model has parts that the published code lacks, or writing failed.</exception>
    public static IReadOnlyList<string> Write(RunFolder run, string folder, SafetensorsType type)
    {
        RunFolder.Description description = run.ReadDescription();
        string model = run.LatestModel();
        using ModelWeights weights = ModelWeights.Open(model);
        JsonObject config = PublishedSettings(Path.Combine(model, ModelFolder.ConfigFile));
        config["max_position_embeddings"] = Positions(description);
        Files files = new(folder, type);
        if (description.Stage == Stage.Calm)
        {
            const string prefix = PublishedCheckpoint.AutoencoderPrefix;
            config["ae_path"] = AutoencoderFolder;
            files.Write(
                AutoencoderFolder, ModelFolder.ConfigOf(description.Config.Autoencoder), weights,
                name => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null);
        }

        files.Write("", config, weights, name => IsOfTraining(name) ? null : name);
        files.WriteTokenizer(run.OpenTokenizer());
        return files.Names;
    }

    /// <summary>Writes the newest weights of a discrete model as a GGUF file.</summary>
    /// <param name="run">The run.</param>
    /// <param name="path">The file.</param>
    /// <param name="type">The type of matrices: F32, F16 or BF16.</param>
    /// <returns>A remark on the tokenizer, for people; null for none.</returns>
    /// <exception cref="CalmException">The model is of another kind, or the file cannot be written.</exception>
    public static string? WriteGguf(RunFolder run, string path, SafetensorsType type)
    {
        RunFolder.Description description = run.ReadDescription();
        if (description.Stage != Stage.Ar)
        {
            throw new CalmException(
                $"{run.Path}: is a run of {description.Stage.Name()}; only a discrete model has a form in GGUF files.");
        }

        using ModelWeights weights = ModelWeights.Open(run.LatestModel());
        GgufWriter file = new();
        string name = System.IO.Path.GetFileName(System.IO.Path.GetFullPath(run.Path));
        GgufLlama.AddTo(file, name, description.Config.Ar, Positions(description), weights, type);
        ITokenizer tokenizer = run.OpenTokenizer();
        GgufVocabulary? vocabulary = GgufVocabulary.Of(tokenizer);
        GgufLlama.AddTo(file, tokenizer, vocabulary);
        SafeFile.Write(path, file.WriteTo);
        return vocabulary is null ? "the file has no vocabulary, so programs that read it take ids"
            : vocabulary.IsExact ? null
            : $"llama.cpp cuts text into words as {vocabulary.Split} does, which is not how this tokenizer does: it makes other "
                + "ids of some texts";
    }

    // A model that came with a longer context than it was trained on here keeps it.
    private static int Positions(RunFolder.Description description) => Math.Max(
        description.MostPositions ?? 0,
        description.Stage == Stage.Ar
            ? description.Config.ArTraining.ContextTokens
            : description.Config.CalmTraining.ContextPatches);

    // The auxiliary head serves the training alone.
    private static bool IsOfTraining(string name) => name.StartsWith(AuxiliaryHead.Prefix, StringComparison.Ordinal);

    private static JsonObject PublishedSettings(string path)
    {
        JsonObject config = new JsonFile("a model's configuration", "save the run again", SettingsJson.Options).ReadObject(path);
        foreach ((string name, string plain) in OwnSettings)
        {
            string value = config[name]?.ToString() ?? plain;
            if (name == "input" && value != plain)
            {
                throw new CalmException(
                    $"{path}: calm.{name} is {value}, which the published code does not have; only this program reads it.");
            }

            config.Remove(name);
        }

        return config;
    }

    /// <summary>The files of an export.</summary>
    private sealed class Files(string root, SafetensorsType type)
    {
        private readonly List<string> _names = [];

        public IReadOnlyList<string> Names => _names;

        /// <summary>Writes a model. Its configuration comes last: a folder with one is whole.</summary>
        /// <param name="folder">The folder below the root.</param>
        /// <param name="config">The configuration.</param>
        /// <param name="weights">The weights.</param>
        /// <param name="nameOf">The name of a tensor in the export; null for one that is left out.</param>
        public void Write(string folder, JsonObject config, ModelWeights weights, Func<string, string?> nameOf)
        {
            SafetensorsWriter writer = new();
            writer.AddMetadata("format", "pt");
            foreach (StoredTensor tensor in weights.Tensors)
            {
                if (nameOf(tensor.Name) is { } name)
                {
                    Shape shape = new([.. tensor.Sizes.Select(size => checked((int)size))]);
                    writer.Add(name, type, shape, () => weights.Read(tensor.Name));
                }
            }

            config["torch_dtype"] = type switch
            {
                SafetensorsType.F16 => "float16",
                SafetensorsType.BF16 => "bfloat16",
                _ => "float32",
            };
            Write(Path.Combine(folder, ModelFolder.WeightsFile), writer.WriteTo);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(config, SettingsJson.Options);
            Write(Path.Combine(folder, ModelFolder.ConfigFile), stream => stream.Write(json));
        }

        public void WriteTokenizer(ITokenizer tokenizer)
        {
            bool isForOthers = TokenizerFile.Export(tokenizer, root);
            _names.AddRange(isForOthers ? [TokenizerFile.FileName, TokenizerConfig.FileName] : [TokenizerFile.FileName]);
        }

        private void Write(string name, Action<Stream> write)
        {
            SafeFile.Write(Path.Combine(root, name), write);
            _names.Add(name);
        }
    }
}
