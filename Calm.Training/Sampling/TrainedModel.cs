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
        string inside = Path.Combine(path, "calm");
        RunFolder run = RunFolder.Open(Directory.Exists(inside) ? inside : path);
        RunFolder.Description description = run.ReadDescription();
        if (description.Stage != "calm")
        {
            throw new CalmException($"{path}: is a run of {description.Stage}; a run of calm train calm is needed.");
        }

        CalmModel model = PublishedCheckpoint.LoadCalm(run.LatestModel, device);
        return new TrainedModel(description, model, run.OpenText(text));
    }

    /// <summary>What continues its series.</summary>
    public SeriesForecaster Forecaster(SeriesInfo series, Device device) =>
        new(Model, Corpus.Tokenizer, series, Description.Config.CalmTraining.ContextPatches, device);

    /// <inheritdoc/>
    public void Dispose() => Corpus.Dispose();
}
