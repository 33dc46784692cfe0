using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Scores continuations by the probabilities that a discrete model gives to their tokens. The prompt is read once.
/// </summary>
internal sealed class LogProbabilityScorer : IContinuationScorer
{
    private readonly ArModel _model;
    private readonly ITokenizer _tokenizer;
    private readonly int[] _start;
    private readonly Tape _tape;
    private readonly Arena _arena;
    private readonly KeyValueCache[] _caches;
    private int _last;
    private int _promptTokens;

    /// <summary>A scorer without a prompt.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="startSize">Tokens that stand before a document in training: an end of text and padding.</param>
    /// <param name="device">The device of its parameters.</param>
    public LogProbabilityScorer(ArModel model, ITokenizer tokenizer, int startSize, Device device)
    {
        (_model, _tokenizer) = (model, tokenizer);
        _start = [tokenizer.EndOfText, .. Enumerable.Repeat(tokenizer.Pad, startSize - 1)];
        _tape = new Tape(device, recording: false) { ReleasesEarly = true };
        _arena = new Arena(device, "key-value cache");
        _caches = model.CreateCaches(_arena, 1, 1);
        _last = _start[^1];
    }

    /// <inheritdoc/>
    public IReadOnlyList<ContinuationMeasure> Measures => [ContinuationMeasure.LogProbability];

    /// <inheritdoc/>
    public int FewestTokens => 1;

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<int> ids, uint trial = 0)
    {
        ReadOnlySpan<int> prompt = ids.IsEmpty ? _start : ids;
        Array.ForEach(_caches, cache => cache.Truncate(0));

        // The last token is read again with each continuation, whose first token it predicts.
        (_last, _promptTokens) = (prompt[^1], prompt.Length - 1);
        if (_promptTokens > 0)
        {
            Hidden(prompt[..^1]);
        }
    }

    /// <inheritdoc/>
    public ContinuationScore[] Score(ReadOnlySpan<int> ids, bool ends = false)
    {
        int[] targets = ends ? [.. ids, _tokenizer.EndOfText] : ids.ToArray();
        if (targets.Length < FewestTokens)
        {
            throw new ArgumentException("Score: no tokens, expected at least one.");
        }

        Array.ForEach(_caches, cache => cache.Truncate(_promptTokens));
        Tensor hidden = Hidden([_last, .. targets[..^1]]);
        Tensor loss = VocabularyCrossEntropy.Apply(
            _tape, hidden.Reshape(targets.Length, hidden.Columns), _model.OutputTable,
            _tape.FromIntegers(targets, new Shape(targets.Length)));
        double mean = -loss.ToArray()[0];
        return double.IsFinite(mean)
            ? [new(ContinuationMeasure.LogProbability, Estimate.Exact(mean), targets.Length)]
            : throw new CalmException("scoring: the model's logits are not finite numbers; its training has diverged.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tape.Dispose();
        _arena.Dispose();
    }

    /// <summary>Hidden states of tokens that follow those in the caches, [1, T, d].</summary>
    private Tensor Hidden(ReadOnlySpan<int> ids)
    {
        _tape.Reset();
        return _model.Hidden(_tape, _tape.FromIntegers(ids, new Shape(1, ids.Length)), _caches);
    }
}
