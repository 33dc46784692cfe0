namespace Calm.Training;

/// <summary>A text to which patches are added.</summary>
internal sealed class GrowingText
{
    private readonly ITokenizer _tokenizer;
    private readonly int _mostTokens;
    private readonly Action<string> _write;
    private readonly Utf8Stream _decoder = new();
    private readonly List<string> _pieces = [];
    private readonly StopStrings _stop;
    private int[] _begun;
    private int _tokens;
    private long _candidates;
    private bool _ended;

    /// <summary>Begins with a prompt and writes that.</summary>
    /// <param name="request">The prompt, the most tokens, and the stop strings, which end what is added.</param>
    /// <param name="tokenizer">Encodes the prompt and decodes what is added.</param>
    /// <param name="patchSize">Tokens that the model reads at a time, K; 1 for a discrete model.</param>
    /// <param name="startSize">Tokens that stand before a document in training: an end of text and padding.</param>
    /// <param name="write">Called with each piece of whole characters.</param>
    public GrowingText(
        GenerationRequest request, ITokenizer tokenizer, int patchSize, int startSize, Action<string> write)
    {
        (_tokenizer, _mostTokens, _write) = (tokenizer, request.MostTokens, write);
        _stop = new StopStrings(request.Stop);
        int[] ids = tokenizer.Encode(request.Prompt);
        int whole = ids.Length / patchSize * patchSize;
        _begun = ids[whole..];
        WholePatches = whole > 0
            ? ids[..whole]
            : [tokenizer.EndOfText, .. Enumerable.Repeat(tokenizer.Pad, startSize - 1)];
        Emit(request.Prompt);
    }

    /// <summary>The tokens that the model reads before the first patch is chosen.</summary>
    public int[] WholePatches { get; }

    /// <summary>Tokens that the next patch must begin with: those of a prompt that ends inside it.</summary>
    public ReadOnlySpan<int> Begun => _begun;

    /// <summary>Whether the text is complete.</summary>
    public bool IsFinished => _ended || _stop.IsFound || _tokens >= _mostTokens;

    /// <summary>Adds a patch that a sampler chose.</summary>
    public void Add(ChosenPatch patch)
    {
        _candidates += patch.Choice.Candidates;
        Add(patch.Tokens);
    }

    /// <summary>
    /// Adds the tokens of a patch, without those of the prompt that it begins with, up to the end of the text or the most
    /// tokens.
    /// </summary>
    public void Add(int[] patch)
    {
        ReadOnlySpan<int> added = patch.AsSpan(_begun.Length);
        _begun = [];
        int end = added.IndexOf(_tokenizer.EndOfText);
        _ended = end >= 0;
        added = added[..Math.Min(_ended ? end : added.Length, _mostTokens - _tokens)];
        _tokens += added.Length;
        Emit(_stop.Append(_decoder.Append(_tokenizer.Decode(added))));
    }

    /// <summary>The whole text.</summary>
    /// <param name="secondsPerChunk">The time of a patch.</param>
    public GeneratedText Finish(double secondsPerChunk)
    {
        Emit(_stop.Append(_decoder.Finish()) + _stop.Finish());
        TextEnding ending = _stop.IsFound ? TextEnding.Stop : _ended ? TextEnding.EndOfText : TextEnding.MaxTokens;
        return new GeneratedText(string.Concat(_pieces), _tokens, _candidates, secondsPerChunk, ending);
    }

    private void Emit(string piece)
    {
        _pieces.Add(piece);
        _write(piece);
    }
}
