using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Writes token by token with a discrete model, several sequences at once, each position computed once.</summary>
internal sealed class ArGenerator : IDisposable
{
    private readonly ArModel _model;
    private readonly Tape _tape;
    private readonly Arena _arena;
    private readonly KeyValueCache[] _caches;
    private readonly TokenLaw _law;
    private readonly int _sequences;
    private readonly ulong _seed;
    private uint _token;

    /// <summary>A generator of several sequences.</summary>
    /// <param name="model">The model.</param>
    /// <param name="device">The device of its parameters.</param>
    /// <param name="sequences">B.</param>
    /// <param name="capacity">Tokens to make room for at first.</param>
    /// <param name="seed">Seed of all choices.</param>
    public ArGenerator(ArModel model, Device device, int sequences, int capacity, ulong seed)
    {
        _model = model;
        _sequences = sequences;
        _seed = seed;
        _tape = new Tape(device, recording: false);
        _arena = new Arena(device, "generation");
        _caches = model.CreateCaches(_arena, sequences, capacity);
        _law = new TokenLaw(model.Config.VocabSize);
    }

    /// <summary>Logits of the token after what was read, [B, V].</summary>
    public float[] Logits { get; private set; } = [];

    /// <summary>Reads tokens: the prompt at first, then what was chosen.</summary>
    /// <param name="ids">[B, T].</param>
    public void Read(ReadOnlySpan<int> ids)
    {
        _tape.Reset();
        int length = ids.Length / _sequences;
        int[] last = [.. Enumerable.Range(1, _sequences).Select(sequence => sequence * length - 1)];
        Tensor lastRows = _tape.FromIntegers(last, new Shape(_sequences)); // before there is work to wait for
        Tensor hidden = _model.Hidden(_tape, _tape.FromIntegers(ids, new Shape(_sequences, length)), _caches);
        Tensor rows = hidden.Reshape(hidden.Rows, hidden.Columns);
        Logits = _model.Logits(_tape, length == 1 ? rows : Embedding.Apply(_tape, lastRows, rows)).ToArray();
    }

    /// <summary>Draws the next token of every sequence, to be read by <see cref="Read"/>.</summary>
    /// <param name="sampling">The way to draw.</param>
    /// <returns>[B].</returns>
    public int[] Next(TokenSampling sampling)
    {
        RandomStream stream = RandomStreams.ArGeneration(_seed, _token++);
        int vocabulary = _model.Config.VocabSize;
        int[] tokens = new int[_sequences];
        for (int sequence = 0; sequence < _sequences; sequence++)
        {
            sampling.Apply(_law, Logits.AsSpan(sequence * vocabulary, vocabulary));
            tokens[sequence] = _law.Draw(stream.Uniform((ulong)sequence));
        }

        return tokens;
    }

    /// <summary>Gives its memory back.</summary>
    public void Dispose()
    {
        _tape.Dispose();
        _arena.Dispose();
    }
}
