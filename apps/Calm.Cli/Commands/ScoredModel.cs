using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A trained model of patches or tokens, with the scorer of its kind.</summary>
internal sealed class ScoredModel : IDisposable
{
    private readonly IDisposable _trained;
    private readonly Func<Corpus> _corpus;

    private ScoredModel(
        string path, IDisposable trained, ITokenizer tokenizer, Func<Corpus> corpus, IContinuationScorer scorer,
        int contextTokens)
    {
        (Path, _trained, Tokenizer, _corpus) = (path, trained, tokenizer, corpus);
        (Scorer, ContextTokens) = (scorer, contextTokens);
    }

    /// <summary>Folder of the run.</summary>
    public string Path { get; }

    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The text.</summary>
    /// <exception cref="CalmException">The run was imported and has none.</exception>
    public Corpus Corpus => _corpus();

    /// <summary>Scores continuations.</summary>
    public IContinuationScorer Scorer { get; }

    /// <summary>Tokens of the context that it was trained with.</summary>
    public int ContextTokens { get; }

    /// <summary>Draws of a patch; null for a discrete model.</summary>
    public int? Draws { get; private init; }

    /// <summary>Fewest tokens that can be scored behind whole patches.</summary>
    public int FewestTokens { get; private init; } = 1;

    /// <summary>Opens a run.</summary>
    /// <param name="path">Its folder, or that of a demo.</param>
    /// <param name="device">The device that runs it.</param>
    /// <param name="text">Folder of its tokenized text, if that was moved; or null.</param>
    /// <param name="draws">Draws of a patch.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <exception cref="UsageException">It is a run of a series.</exception>
    public static ScoredModel Open(string path, Device device, string? text, int draws, ulong seed)
    {
        if (SeriesInfo.Find(text ?? RunFolder.OpenModel(path).ReadDescription().Corpus) is not null)
        {
            throw new UsageException(
                $"{path}: is a run of a series, and continuations are ranked of a text; calm evaluate scores its forecasts.");
        }

        if (TrainedArModel.Is(path))
        {
            TrainedArModel ar = TrainedArModel.Open(path, device, text);
            LogProbabilityScorer exact = new(ar.Model, ar.Tokenizer, ar.PatchSize, device);
            return new ScoredModel(
                path, ar, ar.Tokenizer, () => ar.Corpus, exact, ar.Description.Config.ArTraining.ContextTokens);
        }

        TrainedModel calm = TrainedModel.Open(path, device, text);
        EnergyScorer scorer = new(calm.Model, calm.Tokenizer, device, draws, seed);
        int patchSize = calm.Model.Config.PatchSize;
        int context = calm.Description.Config.CalmTraining.ContextPatches * patchSize;
        return new ScoredModel(path, calm, calm.Tokenizer, () => calm.Corpus, scorer, context)
        {
            Draws = draws,
            FewestTokens = patchSize,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Scorer.Dispose();
        _trained.Dispose();
    }
}
