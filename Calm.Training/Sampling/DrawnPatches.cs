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
    // Tokens that are decoded as fast as one: rows of the thin product of HostGemm.
    private const int FewTokens = 16;

    private readonly Autoencoder _autoencoder;
    private readonly Tape _tape;
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
    /// <param name="screen">Of the autoencoder's token table, or null.</param>
    public DrawnPatches(Autoencoder autoencoder, Tape tape, VocabularyScreen? screen)
    {
        _autoencoder = autoencoder;
        _tape = tape;
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
    /// <param name="latents">[R, L].</param>
    public void Add(Tensor latents)
    {
        int first = Count;
        Count += latents.Rows;
        Grow(ref _tokens, Count * _patchSize);
        Grow(ref _known, Count);
        if (!_onDemand)
        {
            _autoencoder.DecodeTokens(_tape, latents).ToIntegerArray().CopyTo(_tokens.AsSpan(first * _patchSize));
            _known.AsSpan(first, latents.Rows).Fill(_patchSize);
            return;
        }

        Tensor patches = _autoencoder.DecodePatch(_tape, latents);
        Grow(ref _vectors, Count * _width);
        patches.CopyTo(_vectors.AsSpan(first * _width, latents.Rows * _width));
        Decode([.. Enumerable.Range(first, latents.Rows)], patches, _patchSize - 1);
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

        Decode(missing, Vectors(missing), position);
    }

    /// <summary>All tokens at once: the vocabulary is read once for them, which takes longer than their products.</summary>
    public void DecodeAll(IReadOnlyList<int> rows)
    {
        int[] missing = [.. rows.Where(row => !Knows(row, 0)).Distinct()];
        if (missing.Length == 0)
        {
            return;
        }

        int[] tokens = _autoencoder.DecodePatchTokens(_tape, Vectors(missing), _screen).ToIntegerArray();
        for (int i = 0; i < missing.Length; i++)
        {
            tokens.AsSpan(i * _patchSize, _patchSize).CopyTo(_tokens.AsSpan(missing[i] * _patchSize));
            _known[missing[i]] = _patchSize;
        }
    }

    private void Decode(int[] rows, Tensor vectors, int position)
    {
        int[] tokens = _autoencoder.DecodeToken(_tape, vectors, position, _screen).ToIntegerArray();
        for (int i = 0; i < rows.Length; i++)
        {
            _tokens[rows[i] * _patchSize + position] = tokens[i];
            _known[rows[i]]++;
        }
    }

    /// <summary>What tokens of some rows are decoded from, [R, d].</summary>
    private Tensor Vectors(int[] rows)
    {
        Tensor vectors = _tape.Rent(new Shape(rows.Length, _width), nameof(DrawnPatches));
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
