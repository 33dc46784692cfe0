namespace Calm.Training;

/// <summary>A trained model with its tokenizer and text, from a run folder.</summary>
/// <param name="run">The run.</param>
/// <param name="model">The model.</param>
/// <param name="text">Folder of its tokenized text, if that was moved; or null.</param>
internal abstract class TrainedRun<TModel>(RunFolder run, TModel model, string? text) : IDisposable
{
    /// <summary>Description of the run.</summary>
    public RunFolder.Description Description { get; } = run.ReadDescription();

    /// <summary>The model.</summary>
    public TModel Model => model;

    /// <summary>Tokenizer and text.</summary>
    public Corpus Corpus { get; } = run.OpenText(text);

    /// <inheritdoc/>
    public void Dispose() => Corpus.Dispose();
}
