using Calm.Runtime;

namespace Calm.Training;

/// <summary>A trained language model with its tokenizer and text, from a run folder.</summary>
internal sealed class TrainedModel : IDisposable
{
    private TrainedModel(RunFolder.Description description, CalmModel model, Corpus corpus)
    {
        Description = description;
        Model = model;
        Corpus = corpus;
    }

    /// <summary>What was asked for.</summary>
    public RunFolder.Description Description { get; }

    /// <summary>The model.</summary>
    public CalmModel Model { get; }

    /// <summary>Tokenizer and text.</summary>
    public Corpus Corpus { get; }

    /// <summary>Opens a run, or a demo's folder, which holds one.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="device">Where to.</param>
    /// <param name="text">Where its tokenised text was moved to; null if it was not.</param>
    /// <exception cref="CalmException">It is no run of a language model, or has no weights yet.</exception>
    public static TrainedModel Open(string path, Device device, string? text = null)
    {
        RunFolder run = RunFolder.OpenModel(path);
        RunFolder.Description description = run.ReadDescription();
        if (description.Stage != Stage.Calm)
        {
            throw new CalmException($"{path}: is a run of {description.Stage.Name()}; a run of {Stage.Calm.Name()} is needed.");
        }

        CalmModel model = PublishedCheckpoint.LoadCalm(run.LatestModel, device);
        return new TrainedModel(description, model, run.OpenText(text));
    }

    /// <inheritdoc/>
    public void Dispose() => Corpus.Dispose();
}
