namespace Calm.Cli;

/// <summary>
/// The text of a study, once for each patch size of its arms. All have the same tokens, with documents padded to multiples of
/// the largest.
/// Texts are made on first use and reused by a resumed study.
/// </summary>
/// <param name="folder">The folder of the texts.</param>
/// <param name="alignment">The largest patch size.</param>
/// <param name="build">Makes a text in a folder, with an existing tokenizer or null.</param>
internal sealed class StudyTexts(string folder, int alignment, Func<string, TextNeed, ITokenizer?, Corpus> build)
    : IDisposable
{
    private readonly SortedDictionary<int, Corpus> _byPatchSize = [];

    /// <summary>The text for a patch size.</summary>
    /// <param name="patchSize">K.</param>
    /// <param name="patches">Patches of a model's context.</param>
    public Corpus this[int patchSize, int patches]
    {
        get
        {
            if (!_byPatchSize.TryGetValue(patchSize, out Corpus? corpus))
            {
                string path = Path.Combine(folder, $"k{patchSize}");
                TextNeed need = new(patchSize, patches, "one sequence", Alignment: alignment);
                ITokenizer? tokenizer = _byPatchSize.Values.FirstOrDefault()?.Tokenizer;
                corpus = Corpus.Exists(path) ? Corpus.Open(path) : build(path, need, tokenizer);
                _byPatchSize.Add(patchSize, corpus);
            }

            return corpus;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Corpus corpus in _byPatchSize.Values)
        {
            corpus.Dispose();
        }
    }
}
