using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads models from folders in the layout of the published code and the transformers library: <c>config.json</c> beside the
/// weights. A CALM model's folder may hold its autoencoder's weights under <c>ae_model.</c>, with the shape in the folder that
/// <c>ae_path</c> names or, without one, inferred from the weights.
/// </summary>
internal static class PublishedCheckpoint
{
    /// <summary>Prefix of the autoencoder's weights in a language model's checkpoint.</summary>
    public const string AutoencoderPrefix = "ae_model.";

    /// <summary>Name of an autoencoder's architecture in configurations.</summary>
    public const string AutoencoderArchitecture = "Autoencoder";

    /// <summary>Name of a discrete model's architecture in configurations.</summary>
    public const string ArArchitecture = "LlamaForCausalLM";

    // Published checkpoints hold the head under both names.
    private const string HeadAlias = "mlp_generator.";

    // Wavelengths of the rotary embedding, which older files hold and everybody computes.
    private const string ComputedTable = "rotary_emb.inv_freq";
    private const string LastLayer = "net.final_layer.linear.weight";

    /// <summary>Name of the architecture with a head: EnergyTransformer, DiffusionTransformer or FlowTransformer.</summary>
    public static string ArchitectureOf(HeadKind head) => $"{head}Transformer";

    /// <summary>The architecture that a folder's configuration names.</summary>
    /// <exception cref="CalmException">There is no configuration, or it names none.</exception>
    public static string Architecture(string folder) => PublishedConfig.Read(folder).Architecture;

    /// <summary>An autoencoder with its weights.</summary>
    public static Autoencoder LoadAutoencoder(string folder, Device device, bool trainable = false)
    {
        AutoencoderConfig config = PublishedConfig.Read(folder).Autoencoder();
        Autoencoder model = new(new ParameterSet(), config);
        using ModelWeights weights = ModelWeights.Open(folder);
        RequireNoOthers(weights, [model.Parameters]);
        Weights.Load(model.Parameters, weights, device, trainable);
        return model;
    }

    /// <summary>A CALM model with its weights and those of its autoencoder.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="device">The device that holds the weights.</param>
    /// <param name="trainable">Whether the model, not its autoencoder, is to be trained.</param>
    /// <param name="autoencoderFolder">The autoencoder's folder, in place of the one that the configuration names.</param>
    public static CalmModel LoadCalm(
        string folder, Device device, bool trainable = false, string? autoencoderFolder = null)
    {
        PublishedConfig config = PublishedConfig.Read(folder);
        using ModelWeights weights = ModelWeights.Open(folder);
        CalmConfig shape = config.Calm(HeadOf(weights));
        string? aside = autoencoderFolder ?? FolderThatIsThere(config.AutoencoderFolder);
        AutoencoderConfig inner = aside is null
            ? InferredAutoencoder.Of(config.Where, shape, weights)
            : PublishedConfig.Read(aside).Autoencoder();
        RequireFit(config.Where, shape, inner);
        Autoencoder autoencoder = new(new ParameterSet(), inner, AutoencoderPrefix);
        CalmModel model = new(shape, autoencoder);
        RequireNoOthers(weights, [autoencoder.Parameters, model.Parameters]);
        LoadInner(autoencoder.Parameters, weights, aside, device);
        Weights.Load(model.Parameters, weights, device, trainable);
        return model;
    }

    /// <summary>A discrete model with its weights.</summary>
    /// <exception cref="CalmException">It has parts that this model lacks, such as biases; the message names them.</exception>
    public static ArModel LoadAr(string folder, Device device, bool trainable = false)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        ArModel model = new(PublishedConfig.Read(folder).Ar(weights));
        RequireNoOthers(weights, [model.Parameters], model.Config.TieWordEmbeddings ? [ArModel.OutputName] : []);
        Weights.Load(model.Parameters, ArSource(weights, model.Config), device, trainable);
        RequireTied(weights, model.Config);
        return model;
    }

    private static void RequireTied(ModelWeights weights, ArConfig config)
    {
        bool hasBoth = weights.SizesOf(ArModel.OutputName) is not null && weights.SizesOf(ArModel.TableName) is not null;
        if (config.TieWordEmbeddings && hasBoth
            && !weights.Read(ArModel.OutputName).AsSpan().SequenceEqual(weights.Read(ArModel.TableName)))
        {
            throw new CalmException(
                $"{weights.Where}: has an {ArModel.OutputName} that is not its {ArModel.TableName}, and its configuration ties "
                + "them; see whether tie_word_embeddings should be false.");
        }
    }

    /// <summary>The weights of a discrete model, whose tied table may be stored under either of its names.</summary>
    public static IWeightSource ArSource(ModelWeights weights, ArConfig config) =>
        config.TieWordEmbeddings && weights.SizesOf(ArModel.TableName) is null ? new TableAsOutput(weights) : weights;

    /// <summary>The kind of a checkpoint's head: a flow head has L outputs, a diffusion head 2 L.</summary>
    /// <exception cref="CalmException">The weights belong to an unknown kind of head.</exception>
    public static HeadKind HeadOf(IWeightSource weights)
    {
        IReadOnlyList<long>? output = Head(LastLayer);
        if (output is null)
        {
            return HeadKind.Energy;
        }

        long latent = Head("net.input_proj.weight") is [_, long columns] ? columns : 0;
        return output is [long rows, _] && rows > 0 && rows == latent ? HeadKind.Flow
            : output is [long both, _] && both > 0 && both == 2 * latent ? HeadKind.Diffusion
            : throw new CalmException(
                $"{weights.Where}: {LatentHead.Prefix}{LastLayer} has shape [{string.Join(", ", output)}]; with latents of "
                + $"{latent} components a flow head has {latent} rows, a diffusion head {2 * latent}.");

        IReadOnlyList<long>? Head(string name) => weights.SizesOf(LatentHead.Prefix + name) ?? weights.SizesOf(HeadAlias + name);
    }

    private static string? FolderThatIsThere(string? folder) =>
        folder is not null && File.Exists(PublishedConfig.PathIn(folder)) ? folder : null;

    /// <summary>Refuses weights that the model has no place for: without them it would compute something else.</summary>
    private static void RequireNoOthers(
        ModelWeights weights, IEnumerable<ParameterSet> sets, params IEnumerable<string> aliases)
    {
        IEnumerable<string> names = sets.SelectMany(set => set.Parameters).SelectMany(parameter => parameter.Parts)
            .SelectMany(part => Weights.NamesOf(part.Name));
        HashSet<string> known = [.. names, .. aliases];
        StoredTensor? other = weights.Tensors.FirstOrDefault(
            tensor => !known.Contains(tensor.Name) && !tensor.Name.EndsWith(ComputedTable, StringComparison.Ordinal));
        if (other is not null)
        {
            throw new CalmException(
                $"{weights.Where}: holds {Quote.Name(other.Name)} {other.ShapeText}, for which the model of its "
                + $"{ModelFolder.ConfigFile} has no place; see whether the two belong together.");
        }
    }

    // The model's own checkpoint comes first: it is what the model was trained with.
    private static void LoadInner(ParameterSet parameters, ModelWeights weights, string? aside, Device device)
    {
        bool isInside = weights.Tensors.Any(tensor => tensor.Name.StartsWith(AutoencoderPrefix, StringComparison.Ordinal));
        if (isInside || aside is null)
        {
            Weights.Load(parameters, weights, device, trainable: false);
            return;
        }

        using ModelWeights own = ModelWeights.Open(aside);
        Weights.Load(parameters, new WithoutPrefix(own, AutoencoderPrefix), device, trainable: false);
    }

    private static void RequireFit(string where, CalmConfig shape, AutoencoderConfig inner)
    {
        try
        {
            ShapeCheck.Of(shape, inner);
        }
        catch (SettingException failure)
        {
            throw new CalmException($"{where}: {failure.Message}", failure);
        }
    }

    /// <summary>Reads a tied embedding table that a checkpoint stores under the name of the output matrix.</summary>
    private sealed class TableAsOutput(IWeightSource source) : IWeightSource
    {
        public string Where => source.Where;

        public long Count => source.Count;

        public IReadOnlyList<long>? SizesOf(string name) => source.SizesOf(Stored(name));

        public float[] Read(string name) => source.Read(Stored(name));

        private static string Stored(string name) => name == ArModel.TableName ? ArModel.OutputName : name;
    }
}

/// <summary>Weights of a model whose names have a prefix in another: as they are called there, or without it.</summary>
/// <param name="source">The weights.</param>
/// <param name="prefix">The prefix of the names that are asked for.</param>
internal sealed class WithoutPrefix(IWeightSource source, string prefix) : IWeightSource
{
    public string Where => source.Where;

    public long Count => source.Count;

    public IReadOnlyList<long>? SizesOf(string name) => source.SizesOf(Stored(name));

    public float[] Read(string name) => source.Read(Stored(name));

    private string Stored(string name) =>
        source.SizesOf(name) is null && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
}
