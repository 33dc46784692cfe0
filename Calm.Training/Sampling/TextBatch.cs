using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Texts that a model writes together, a patch of each at a time; each is the text that it would be alone. Texts join between
/// patches and leave when they are finished.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="device">The device of its parameters.</param>
internal sealed class TextBatch(CalmModel model, ITokenizer tokenizer, Device device) : IDisposable
{
    // Draws of a pool for the patch inside which a prompt ends.
    private const int SmallestPool = 64;

    private readonly CalmGenerator _generator = new(model, device);
    private readonly List<Member> _members = [];

    /// <summary>A text, its sequence of patches, and the sum of the cost of its choices.</summary>
    private readonly record struct Member(GrowingText Text, CalmSequence Sequence, SamplingStatistics Statistics);

    /// <summary>Whether any text is unfinished.</summary>
    public bool Any => _members.Count > 0;

    /// <summary>Adds a text: reads its prompt and, if that ends inside a patch, completes the patch.</summary>
    /// <param name="request">The text to write.</param>
    /// <param name="statistics">Adds up the cost of its choices.</param>
    /// <param name="write">Called with each piece as soon as it is whole characters, the prompt first.</param>
    /// <returns>The text, which grows with each <see cref="Next"/>.</returns>
    public GrowingText Add(GenerationRequest request, SamplingStatistics statistics, Action<string> write)
    {
        request.RequireLimits();
        int patchSize = model.Config.PatchSize;
        GrowingText text = new(request, tokenizer, patchSize, patchSize, write);
        int[] patches = text.WholePatches;
        CalmSequence sequence = _generator.Begin(
            request.CreateSampler(), new SeededNoise(model.Config, request.Seed),
            (patches.Length + request.MostTokens) / patchSize + 2);
        Member member = new(text, sequence, statistics);
        if (!text.Begun.IsEmpty)
        {
            _generator.Read(sequence, patches);
            int agreement = (int)Math.Min(int.MaxValue, Math.Round(1 / request.Temperature));
            int pool = Math.Max(agreement == 1 ? 1 : request.Candidates, SmallestPool);
            (patches, int draws) = _generator.Complete(sequence, text.Begun, agreement, pool);
            statistics.AddCompletion(draws);
            text.Add(patches);
        }

        Read(member, patches);
        return text;
    }

    /// <summary>Writes a patch of every unfinished text.</summary>
    public void Next()
    {
        Member[] members = [.. _members];
        _members.Clear();
        ChosenPatch[] chosen = _generator.Next([.. members.Select(member => member.Sequence)]);
        foreach ((Member member, ChosenPatch patch) in members.Zip(chosen))
        {
            member.Statistics.Add(patch);
            member.Text.Add(patch);
            Read(member, patch.Tokens);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();

    /// <summary>Reads the last patches of a text back and keeps it, unless it is finished.</summary>
    private void Read(Member member, int[] patches)
    {
        if (member.Text.IsFinished)
        {
            _generator.End(member.Sequence);
            return;
        }

        _generator.Read(member.Sequence, patches);
        _members.Add(member);
    }
}
