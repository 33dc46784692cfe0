using Calm.Runtime;

namespace Calm.Training;

/// <summary>A trained discrete model with its tokenizer and text, from a run folder.</summary>
internal sealed class TrainedArModel : IDisposable
{
    private TrainedArModel(RunFolder.Description description, ArModel model, Corpus corpus)
    {
        Description = description;
        Model = model;
        Corpus = corpus;
    }

    /// <summary>What was asked for.</summary>
    public RunFolder.Description Description { get; }

    /// <summary>The model.</summary>
    public ArModel Model { get; }

    /// <summary>Tokenizer and text.</summary>
    public Corpus Corpus { get; }

    /// <summary>Whether a folder is a run of a discrete model.</summary>
    public static bool Is(string path) =>
        RunFolder.Exists(path) && RunFolder.Open(path).ReadDescription().Stage == Stage.Ar;

    /// <summary>Opens a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="device">Where to.</param>
    /// <param name="text">Where its tokenised text was moved to; null if it was not.</param>
    /// <exception cref="CalmException">It has no weights yet, or they or its text cannot be read.</exception>
    public static TrainedArModel Open(string path, Device device, string? text = null)
    {
        RunFolder run = RunFolder.Open(path);
        RunFolder.Description description = run.ReadDescription();
        ArModel model = PublishedCheckpoint.LoadAr(run.LatestModel, device);
        return new TrainedArModel(description, model, run.OpenText(text));
    }

    /// <inheritdoc/>
    public void Dispose() => Corpus.Dispose();
}
