using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Chooses the tokens of a training step. The choice depends on the arguments alone, so a resumed run needs no state.
/// An epoch visits each window of the corpus once, in random order. The windows lie end to end on the corpus as a
/// circle and start at a random patch.
/// </summary>
internal sealed class SequenceSampler
{
    private readonly TokenFile _file;
    private readonly ulong _seed;
    private readonly long _patches;

    /// <summary>A sampler of windows of one length.</summary>
    /// <param name="file">The corpus.</param>
    /// <param name="sequenceLength">Tokens of a window: a multiple of its patches.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="CalmException">The corpus is shorter than a window, or a window is not whole patches.</exception>
    public SequenceSampler(TokenFile file, int sequenceLength, ulong seed)
    {
        if (sequenceLength < 1 || sequenceLength % file.PatchSize != 0)
        {
            throw new CalmException(
                $"data: a sequence of {sequenceLength} tokens is not a multiple of the patch size {file.PatchSize}.");
        }

        if (file.Tokens < sequenceLength)
        {
            throw new CalmException(
                $"{file.Path}: {file.Tokens} tokens are less than one sequence of {sequenceLength}; "
                + "give more text, or make sequences shorter.");
        }

        _file = file;
        _seed = seed;
        _patches = file.Tokens / file.PatchSize;
        SequenceLength = sequenceLength;
        Windows = file.Tokens / sequenceLength;
    }

    /// <summary>Tokens of a window.</summary>
    public int SequenceLength { get; }

    /// <summary>Windows of an epoch.</summary>
    public long Windows { get; }

    /// <summary>The first token of a window.</summary>
    /// <param name="sequence">Its number since the run began.</param>
    public long Start(long sequence)
    {
        uint epoch = checked((uint)(sequence / Windows));
        long window = new ShuffledOrder(Windows, _seed, epoch)[sequence % Windows];
        RandomStream offsets = new(_seed, epoch, DataStreams.Offset);
        ulong random = ((ulong)offsets.Word(0) << 32) | offsets.Word(1);
        long offset = (long)Math.BigMul(random, (ulong)_patches, out _) * _file.PatchSize;
        return (offset + window * SequenceLength) % _file.Tokens;
    }

    /// <summary>Reads a window.</summary>
    /// <param name="sequence">Its number since the run began.</param>
    /// <param name="ids">Receives <see cref="SequenceLength"/> tokens.</param>
    public void Read(long sequence, Span<int> ids) => _file.Read(Start(sequence), ids[..SequenceLength]);
}
