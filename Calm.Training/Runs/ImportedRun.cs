using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Makes runs of checkpoints in the layout of the published code and the transformers library. Such a run has weights and a
/// tokenizer, but neither a text nor the state of an optimiser.
/// </summary>
internal static class ImportedRun
{
    // The longest context of the published models; what a Llama says of itself may be far beyond a machine's memory.
    private const int LongestContext = 2048;

    /// <summary>
    /// Whether a run may be made in a folder: it is not there, is empty, or holds what an import left that was interrupted.
    /// </summary>
    public static bool IsFree(string path) =>
        !File.Exists(path)
        && (!Directory.Exists(path) || Directory.EnumerateFileSystemEntries(path).All(
            entry => RunFolder.IsOfStart(entry)
                || (Path.GetFileName(entry) == RunFolder.CheckpointsFolder && Directory.Exists(entry)
                    && CheckpointFolder.IsUntrained(entry))));

    /// <summary>Makes a run. Its description is written last but for copies, so that a folder with one is whole.</summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="source">The checkpoint: a folder, or a file of weights beside its configuration.</param>
    /// <param name="autoencoder">Folder of a language model's autoencoder; null for the one that its configuration names.</param>
    /// <param name="makeTokenizer">The tokenizer for a model of a configuration.</param>
    /// <returns>The run.</returns>
    /// <exception cref="CalmException">The checkpoint cannot be read, or is of another kind of model.</exception>
    public static RunFolder Create(
        string path, string source, string? autoencoder, Func<TokenizerIds, ITokenizer> makeTokenizer)
    {
        PublishedConfig published = PublishedConfig.Read(source);
        Stage stage = published.Stage;
        using HostDevice device = new();
        (RunConfig config, Action<CheckpointWriter> write) = Load(source, stage, autoencoder, device);
        config = WithContext(config, published.MostPositions ?? LongestContext);
        ITokenizer tokenizer = makeTokenizer(ModelIds.Of(config, stage));
        RequireFit(config, stage, tokenizer, published.Where);
        string data = Path.Combine(path, RunFolder.DataFolder);
        Corpus.WriteTokenizer(data, tokenizer);
        RunFolder.Description description = new(
            stage, data, stage == Stage.Calm ? path : null, "", ProgramVersion.Text, config)
        {
            Tokenizer = tokenizer.Hash,
            ImportedFrom = Path.GetFullPath(source),
            MostPositions = published.MostPositions,
        };
        RunFolder run = RunFolder.Create(path, keepLast: 1);
        run.Checkpoints.Save(0, write);
        run.Describe(description);
        run.Publish();
        return run;
    }

    private static (RunConfig Config, Action<CheckpointWriter> Write) Load(
        string source, Stage stage, string? autoencoder, Device device)
    {
        RunConfig config = new();
        switch (stage)
        {
            case Stage.Autoencoder:
                Autoencoder alone = PublishedCheckpoint.LoadAutoencoder(source, device);
                return (config.With(alone.Config), writer => ModelFolder.Write(writer, alone));
            case Stage.Calm:
                CalmModel calm = PublishedCheckpoint.LoadCalm(source, device, autoencoderFolder: autoencoder);
                return (
                    config with { Autoencoder = calm.Autoencoder.Config, Calm = calm.Config },
                    writer => ModelFolder.Write(writer, calm));
            default:
                ArModel ar = PublishedCheckpoint.LoadAr(source, device);
                return (config with { Ar = ar.Config }, writer => ModelFolder.Write(writer, ar));
        }
    }

    private static RunConfig WithContext(RunConfig config, int positions)
    {
        int context = Math.Clamp(positions, 2, LongestContext);
        int patches = Math.Max(context, 1 + BrierPatches(config.Calm.PatchSize));
        return config with
        {
            CalmTraining = config.CalmTraining with { ContextPatches = patches },
            ArTraining = config.ArTraining with { ContextTokens = context },
        };
    }

    // A window of four tokens behind the first patch.
    private static int BrierPatches(int patchSize) => (4 + patchSize - 1) / patchSize;

    private static void RequireFit(RunConfig config, Stage stage, ITokenizer tokenizer, string where)
    {
        int? vocabulary = ModelIds.Of(config, stage).Vocabulary;
        if (tokenizer.VocabularySize != vocabulary)
        {
            throw new CalmException(
                $"{where}: is of a model of {vocabulary} ids, the tokenizer has {tokenizer.VocabularySize}; name its own "
                + "tokenizer.");
        }
    }
}
