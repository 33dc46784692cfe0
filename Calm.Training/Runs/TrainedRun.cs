namespace Calm.Training;

/// <summary>A trained model with its tokenizer and text, from a run folder.</summary>
/// <param name="run">The run.</param>
/// <param name="model">The model.</param>
/// <param name="text">Folder of its tokenized text, if that was moved; or null.</param>
/// <param name="average">Whether its weights are their moving average.</param>
internal abstract class TrainedRun<TModel>(RunFolder run, TModel model, string? text, bool average) : IDisposable
{
    private Corpus? _corpus;

    /// <summary>Description of the run.</summary>
    public RunFolder.Description Description { get; } = run.ReadDescription();

    /// <summary>The model.</summary>
    public TModel Model => model;

    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer { get; } = run.OpenTokenizer(text);

    /// <summary>The folder of the tokenized text.</summary>
    public string TextFolder => text ?? Description.Corpus;

    /// <summary>The file of the weights.</summary>
    public string WeightsFile { get; } = Path.Combine(
        run.LatestModel(), average ? AverageFile.Name : ModelFolder.WeightsFile);

    /// <summary>The text that the model has learnt from, if the run has one; null if it was imported.</summary>
    public TokenFile? LearntText => Description.ImportedFrom is null ? Corpus.Train : null;

    /// <summary>The text.</summary>
    /// <exception cref="Calm.Runtime.CalmException">The run was imported and has none.</exception>
    public Corpus Corpus => _corpus ??= run.OpenText(text);

    /// <inheritdoc/>
    public void Dispose() => _corpus?.Dispose();
}
