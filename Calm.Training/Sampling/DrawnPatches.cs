using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Drawn patches, a row each, whose tokens are decoded once and, if that pays, on demand. Positions are decoded from the last,
/// where draws of a trained model differ most: docs/performance.md.
/// </summary>
/// <remarks>
/// A row's bits do not depend on the rows beside it, so a token decoded alone is the token decoded with all.
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
    private readonly int _width;
    private float[] _vectors = [];
    private int[] _tokens = [];
    private int[] _known = [];

    /// <summary>No patches yet.</summary>
    /// <param name="autoencoder">Decodes them.</param>
    /// <param name="tape">For work on all rows; reset by each call.</param>
    /// <param name="parts">For work on many rows.</param>
    /// <param name="screen">Of the autoencoder's token table, or null.</param>
    public DrawnPatches(Autoencoder autoencoder, Tape tape, SideBySide parts, VocabularyScreen? screen)
    {
        _autoencoder = autoencoder;
        _tape = tape;
        _parts = parts;
        _screen = screen;

        // A device would wait for each answer; and a product of few rows is not rounded to bfloat16, one of many is.
        _onDemand = tape.Device is HostDevice { Precision: Precision.Float32 };
        PatchSize = autoencoder.Config.PatchSize;
        _width = _onDemand ? autoencoder.Config.HiddenSize : 0;
    }

    /// <summary>Tokens of a patch, K.</summary>
    public int PatchSize { get; }

    /// <summary>Number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens of a row; those before the known ones are undefined.</summary>
    public ReadOnlySpan<int> Tokens(int row) => _tokens.AsSpan(row * PatchSize, PatchSize);

    /// <summary>The tokens of some rows, [R, K].</summary>
    public int[] Tokens(IEnumerable<int> rows) => [.. rows.SelectMany(row => Tokens(row).ToArray())];

    /// <summary>Whether the token at a position of a row is known, and with it those behind it.</summary>
    public bool Knows(int row, int position) => position >= PatchSize - _known[row];

    /// <summary>Makes draws of some sequences and adds them: a row each, those of a sequence together.</summary>
    /// <param name="sequences">Number of sequences.</param>
    /// <param name="count">Draws of each.</param>
    /// <param name="draw">
    /// Given a tape, the number of a draw and a count, makes so many draws from that one on: latents, [sequences, draws, L].
    /// </param>
    /// <returns>The first row.</returns>
    public int Add(int sequences, int count, Func<Tape, int, int, Tensor> draw)
    {
        _tape.Reset();
        int[] rows = NewRows(sequences * count);
        _parts.Run(count, FewestRowsOfAPart, (tape, start, end) =>
        {
            Tensor latents = draw(tape, start, end - start);
            int[] some = [.. Enumerable.Range(0, sequences).SelectMany(i => rows[(i * count + start)..(i * count + end)])];
            Decode(tape, some, latents.Reshape(latents.Rows, latents.Columns));
        });
        return rows[0];
    }

    /// <summary>Decodes the tokens at a position of rows of which those behind it are known.</summary>
    public void Decode(IReadOnlyList<int> rows, int position)
    {
        _tape.Reset();
        int[] missing = [.. rows.Where(row => !Knows(row, position))];
        if (missing.Length * PatchSize <= FewTokens)
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

    /// <summary>Decodes all tokens of some rows together, so that the vocabulary is read once for them.</summary>
    public void DecodeAll(IReadOnlyList<int> rows)
    {
        _tape.Reset();
        int[] missing = [.. rows.Where(row => !Knows(row, 0)).Distinct()];
        if (missing.Length == 0)
        {
            return;
        }

        int[] tokens = _autoencoder.DecodePatchTokens(_tape, Vectors(_tape, missing), _screen).ToIntegerArray();
        Keep(missing, tokens);
    }

    /// <summary>Stores whole patches, [R, K].</summary>
    private void Keep(int[] rows, int[] tokens)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            tokens.AsSpan(i * PatchSize, PatchSize).CopyTo(_tokens.AsSpan(rows[i] * PatchSize));
            _known[rows[i]] = PatchSize;
        }
    }

    private int[] NewRows(int count)
    {
        int first = Count;
        Count += count;
        Grow(ref _tokens, Count * PatchSize);
        Grow(ref _known, Count);
        Grow(ref _vectors, Count * _width);
        return [.. Enumerable.Range(first, count)];
    }

    /// <summary>Decodes the last tokens of new rows, or all tokens where they are not decoded on demand.</summary>
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

        Decode(tape, rows, patches, PatchSize - 1);
    }

    private void Decode(Tape tape, int[] rows, Tensor vectors, int position)
    {
        int[] tokens = _autoencoder.DecodeToken(tape, vectors, position, _screen).ToIntegerArray();
        for (int i = 0; i < rows.Length; i++)
        {
            _tokens[rows[i] * PatchSize + position] = tokens[i];
            _known[rows[i]]++;
        }
    }

    /// <summary>The vectors from which the tokens of some rows are decoded, [R, d].</summary>
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
