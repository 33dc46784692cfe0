using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A trained model with whose weights another training begins, in place of random ones: a run, or a checkpoint in the layout
/// of the published code.
/// </summary>
internal sealed class StartingPoint
{
    private readonly RunFolder? _run;

    private StartingPoint(string path, RunFolder? run, string folder, Stage stage, RunConfig shapes)
    {
        Path = path;
        _run = run;
        Folder = folder;
        Stage = stage;
        Shapes = shapes;
    }

    /// <summary>The run or checkpoint, as it was named.</summary>
    public string Path { get; }

    /// <summary>The folder of configuration and weights.</summary>
    public string Folder { get; }

    /// <summary>The model.</summary>
    public Stage Stage { get; }

    /// <summary>A configuration whose models of this stage are the trained ones; the rest has default values.</summary>
    public RunConfig Shapes { get; }

    /// <summary>The folder of the run's tokenised text; null of a checkpoint, which has none, and of an imported run.</summary>
    public string? TextFolder =>
        _run?.ReadDescription() is { ImportedFrom: null } description ? description.Corpus : null;

    /// <summary>The context that a published configuration says the model was made for, in positions; null for others.</summary>
    public int? MostPositions =>
        _run is null ? PublishedConfig.Read(Folder).MostPositions : _run.ReadDescription().MostPositions;

    /// <summary>Opens a run or a checkpoint.</summary>
    /// <exception cref="CalmException">It is neither, or damaged.</exception>
    public static StartingPoint Open(string path)
    {
        RunFolder? run = RunFolder.Exists(path) ? RunFolder.Open(path) : null;
        if (run is null && !File.Exists(PublishedConfig.PathIn(path)))
        {
            throw new CalmException($"{path}: is neither a run nor a checkpoint with a {ModelFolder.ConfigFile}; name one.");
        }

        if (RunFolder.OfCheckpoint(path) is { } whole)
        {
            throw new CalmException($"{path}: is a checkpoint of the run {whole}; name the run, which has its tokenizer.");
        }

        string folder = run?.LatestModel() ?? path;
        PublishedConfig published = PublishedConfig.Read(folder);
        using HostDevice device = new();
        RunConfig shapes = published.Stage switch
        {
            Stage.Autoencoder => new RunConfig().With(PublishedCheckpoint.LoadAutoencoder(folder, device).Config),
            Stage.Calm => WithBoth(PublishedCheckpoint.LoadCalm(folder, device)),
            _ => new RunConfig { Ar = PublishedCheckpoint.LoadAr(folder, device).Config },
        };
        return new StartingPoint(path, run, folder, published.Stage, shapes);
    }

    /// <summary>Checks that a configuration describes a model of the same sizes.</summary>
    /// <exception cref="SettingException">A size differs; the message names it.</exception>
    public void RequireSizes(RunConfig config)
    {
        (string Name, object Asked, object Trained)[] sizes = Stage switch
        {
            Stage.Autoencoder => Pairs("autoencoder", SizesOf(config.Autoencoder), SizesOf(Shapes.Autoencoder)),
            Stage.Calm => Pairs("calm", SizesOf(config.Calm), SizesOf(Shapes.Calm)),
            _ => Pairs("ar", [.. SizesOf(config.Ar), ("tie_word_embeddings", config.Ar.TieWordEmbeddings)],
                [.. SizesOf(Shapes.Ar), ("tie_word_embeddings", Shapes.Ar.TieWordEmbeddings)]),
        };
        foreach ((string name, object asked, object trained) in sizes)
        {
            if (!asked.Equals(trained))
            {
                throw new SettingException($"{name} is {asked}, the model of {Path} has {trained}, which stays; leave it out.");
            }
        }

        static (string, object, object)[] Pairs(string section, (string, object)[] asked, (string, object)[] trained) =>
            [.. asked.Zip(trained, (one, other) => ($"{section}.{one.Item1}", one.Item2, other.Item2))];
    }

    private static (string, object)[] SizesOf(AutoencoderConfig c) =>
    [
        ("patch_size", c.PatchSize), ("latent_size", c.LatentSize), ("hidden_size", c.HiddenSize),
        ("intermediate_size", c.IntermediateSize), ("num_encoder_layers", c.NumEncoderLayers),
        ("num_decoder_layers", c.NumDecoderLayers),
    ];

    private static (string, object)[] SizesOf(TransformerConfig c) =>
    [
        ("hidden_size", c.HiddenSize), ("intermediate_size", c.IntermediateSize), ("num_hidden_layers", c.NumHiddenLayers),
        ("num_attention_heads", c.NumAttentionHeads), ("num_key_value_heads", c.NumKeyValueHeads),
        .. c is CalmConfig calm ? SizesOfPatches(calm) : [],
    ];

    private static (string, object)[] SizesOfPatches(CalmConfig c) =>
    [
        ("patch_size", c.PatchSize), ("latent_size", c.LatentSize), ("input", c.Input), ("noise_size", c.NoiseSize),
        ("num_mlp_layers", c.NumMlpLayers),
    ];

    /// <summary>A configuration with this model in place of its own of the stage.</summary>
    public RunConfig Lay(RunConfig config) => Stage switch
    {
        Stage.Autoencoder => config.With(Shapes.Autoencoder),
        Stage.Calm => config with { Autoencoder = Shapes.Autoencoder, Calm = Shapes.Calm },
        _ => config with { Ar = Shapes.Ar },
    };

    /// <summary>The tokenizer of the run, or the one that is chosen for a checkpoint.</summary>
    /// <param name="choose">The tokenizer of a checkpoint with these ids.</param>
    public ITokenizer Tokenizer(Func<TokenizerIds, ITokenizer> choose) =>
        _run?.OpenTokenizer() ?? choose(ModelIds.Of(Shapes, Stage));

    /// <summary>The folder of the autoencoder's weights, for a language model over latents.</summary>
    public string AutoencoderFolder
    {
        get
        {
            using ModelWeights weights = ModelWeights.Open(Folder);
            bool isInside = weights.Tensors.Any(
                tensor => tensor.Name.StartsWith(PublishedCheckpoint.AutoencoderPrefix, StringComparison.Ordinal));
            return isInside ? Folder : PublishedConfig.Read(Folder).AutoencoderFolder ?? Folder;
        }
    }

    /// <summary>Gives parameters the trained values.</summary>
    /// <exception cref="CalmException">A shape differs, or a tensor is missing; the message names it.</exception>
    public void Load(ParameterSet parameters)
    {
        using ModelWeights weights = ModelWeights.Open(Folder);
        Weights.Load(parameters, Stage == Stage.Ar ? PublishedCheckpoint.ArSource(weights, Shapes.Ar) : weights);
    }

    private static RunConfig WithBoth(CalmModel model) =>
        new() { Autoencoder = model.Autoencoder.Config, Calm = model.Config };
}
