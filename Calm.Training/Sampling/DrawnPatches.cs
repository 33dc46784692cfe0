using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Draws of patches of which each token is decoded once, and only if it is asked for where that pays. Positions are decoded
/// from the last, where draws of a trained model differ most: docs/performance.md.
/// </summary>
/// <remarks>
/// A row's bits do not depend on the rows beside it, so that a token decoded alone is the token decoded with all.
/// </remarks>
internal sealed class DrawnPatches
{
    // All tokens of so few patches are decoded at once: reading the weights takes longer than their products.
    private const int FewTokens = 32;

    // Rows that a product of the host takes at once: HostGemm.
    private const int FewestRowsOfAPart = 12;

    private readonly Autoencoder _autoencoder;
    private readonly Tape _tape;
    private readonly SideBySide _parts;
    private readonly VocabularyScreen? _screen;
    private readonly bool _onDemand;
    private readonly int _patchSize;
    private readonly int _width;
    private float[] _vectors = [];
    private int[] _tokens = [];
    private int[] _known = [];

    /// <summary>None yet.</summary>
    /// <param name="autoencoder">Decodes them.</param>
    /// <param name="tape">The step that its work belongs to; it may be reset between calls.</param>
    /// <param name="parts">For work on many rows.</param>
    /// <param name="screen">Of the autoencoder's token table, or null.</param>
    public DrawnPatches(Autoencoder autoencoder, Tape tape, SideBySide parts, VocabularyScreen? screen)
    {
        _autoencoder = autoencoder;
        _tape = tape;
        _parts = parts;
        _screen = screen;
        _onDemand = OnDemandPays(tape.Device);
        _patchSize = autoencoder.Config.PatchSize;
        _width = _onDemand ? autoencoder.Config.HiddenSize : 0;
    }

    /// <summary>How many there are: rows 0 to this.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Whether tokens are decoded one by one: elsewhere all of a draw's at once. A device would wait for each answer; and a
    /// product of few rows is not rounded to bfloat16, one of many is.
    /// </summary>
    public static bool OnDemandPays(Device device) => device is HostDevice { Precision: Precision.Float32 };

    /// <summary>The tokens of a row; those before the known ones are not to be used.</summary>
    public ReadOnlySpan<int> Tokens(int row) => _tokens.AsSpan(row * _patchSize, _patchSize);

    /// <summary>Whether the token at a position of a row is known, and with it those behind it.</summary>
    public bool Knows(int row, int position) => position >= _patchSize - _known[row];

    /// <summary>Adds rows.</summary>
    /// <param name="latents">[R, L], on the tape.</param>
    public void Add(Tensor latents)
    {
        int[] rows = NewRows(latents.Rows);
        Decode(_tape, rows, latents);
    }

    /// <summary>Makes draws of some sequences and adds them: a row each, those of a sequence together.</summary>
    /// <param name="sequences">How many sequences.</param>
    /// <param name="count">Draws of each.</param>
    /// <param name="draw">Makes so many draws from such a one on, on a tape: latents, [sequences, draws, L].</param>
    public void Add(int sequences, int count, Func<Tape, int, int, Tensor> draw)
    {
        int[] rows = NewRows(sequences * count);
        _parts.Run(count, FewestRowsOfAPart, (tape, start, end) =>
        {
            Tensor latents = draw(tape, start, end - start);
            int[] some = [.. Enumerable.Range(0, sequences).SelectMany(i => rows[(i * count + start)..(i * count + end)])];
            Decode(tape, some, latents.Reshape(latents.Rows, latents.Columns));
        });
    }

    /// <summary>Makes sure that the tokens at a position of some rows are known, those behind it being so.</summary>
    public void Decode(IReadOnlyList<int> rows, int position)
    {
        int[] missing = [.. rows.Where(row => !Knows(row, position))];
        if (missing.Length * _patchSize <= FewTokens)
        {
            DecodeAll(missing);
            return;
        }

        _parts.Run(missing.Length, FewestRowsOfAPart, (tape, start, end) =>
        {
            int[] some = missing[start..end];
            Decode(tape, some, Vectors(tape, some), position);
        });
    }

    /// <summary>All tokens at once: the vocabulary is read once for them, which takes longer than their products.</summary>
    public void DecodeAll(IReadOnlyList<int> rows)
    {
        int[] missing = [.. rows.Where(row => !Knows(row, 0)).Distinct()];
        if (missing.Length == 0)
        {
            return;
        }

        int[] tokens = _autoencoder.DecodePatchTokens(_tape, Vectors(_tape, missing), _screen).ToIntegerArray();
        Keep(missing, tokens);
    }

    /// <summary>Notes whole patches, [R, K].</summary>
    private void Keep(int[] rows, int[] tokens)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            tokens.AsSpan(i * _patchSize, _patchSize).CopyTo(_tokens.AsSpan(rows[i] * _patchSize));
            _known[rows[i]] = _patchSize;
        }
    }

    private int[] NewRows(int count)
    {
        int first = Count;
        Count += count;
        Grow(ref _tokens, Count * _patchSize);
        Grow(ref _known, Count);
        Grow(ref _vectors, Count * _width);
        return [.. Enumerable.Range(first, count)];
    }

    /// <summary>What there is to decode of new rows: their last tokens, or all.</summary>
    private void Decode(Tape tape, int[] rows, Tensor latents)
    {
        if (!_onDemand)
        {
            Keep(rows, _autoencoder.DecodeTokens(tape, latents).ToIntegerArray());
            return;
        }

        Tensor patches = _autoencoder.DecodePatch(tape, latents);
        ReadOnlySpan<float> vectors = patches.Span;
        for (int i = 0; i < rows.Length; i++)
        {
            vectors.Slice(i * _width, _width).CopyTo(_vectors.AsSpan(rows[i] * _width));
        }

        Decode(tape, rows, patches, _patchSize - 1);
    }

    private void Decode(Tape tape, int[] rows, Tensor vectors, int position)
    {
        int[] tokens = _autoencoder.DecodeToken(tape, vectors, position, _screen).ToIntegerArray();
        for (int i = 0; i < rows.Length; i++)
        {
            _tokens[rows[i] * _patchSize + position] = tokens[i];
            _known[rows[i]]++;
        }
    }

    /// <summary>What tokens of some rows are decoded from, [R, d].</summary>
    private Tensor Vectors(Tape tape, int[] rows)
    {
        Tensor vectors = tape.Rent(new Shape(rows.Length, _width), nameof(DrawnPatches));
        for (int i = 0; i < rows.Length; i++)
        {
            _vectors.AsSpan(rows[i] * _width, _width).CopyTo(vectors.Span[(i * _width)..]);
        }

        return vectors;
    }

    private static void Grow<T>(ref T[] array, int count)
    {
        if (array.Length < count)
        {
            Array.Resize(ref array, Math.Max(count, 2 * array.Length));
        }
    }
}
