using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The head's noise in an evaluation: <see cref="DrawNoise"/>.</summary>
internal interface IBrierNoise
{
    /// <summary>For the draws at every position of a batch, [M, S, numbers of a draw].</summary>
    Tensor Teacher(Tape tape, int positions, int draws);

    /// <summary>For two draws in a roll-out, [B, 2, numbers of a draw].</summary>
    /// <param name="tape">The step.</param>
    /// <param name="start">The patch at which the roll-out began.</param>
    /// <param name="step">Patches rolled out so far, from 1.</param>
    /// <param name="sequences">B.</param>
    Tensor Roll(Tape tape, int start, int step, int sequences);
}

/// <summary>
/// Estimates Brier-1 to Brier-4 of a model from its draws. With K of four or more the first four tokens of each patch are
/// a window; with smaller K a window spans n = ceil(4 / K) patches, and whether two continuations agree is found by
/// rolling out along one of them.
/// </summary>
internal sealed class BrierEvaluator(CalmModel model, Device device, BrierEstimator estimator, int draws = 2)
    : IDisposable
{
    // Positions that take whole alignments of memory, whatever a row holds.
    private const int AlignedPositions = 64;

    private readonly Tape _tape = new(device, recording: false) { ReleasesEarly = true };
    private readonly Tape _rollOut = new(device, recording: false) { ReleasesEarly = true };
    private readonly int _patchSize = model.Config.PatchSize;
    private readonly int _span = BrierScore.PatchesOfWindow(model.Config.PatchSize);

    /// <summary>Receives the scores of a window.</summary>
    /// <param name="sequence">Its sequence within the batch.</param>
    /// <param name="patch">The first patch it predicts.</param>
    /// <param name="scores">Brier-1 to Brier-4.</param>
    internal delegate void Report(int sequence, int patch, ReadOnlySpan<double> scores);

    /// <summary>Scores all windows of a batch of sequences.</summary>
    /// <param name="ids">Tokens, [B, T K].</param>
    /// <param name="sequences">B.</param>
    /// <param name="noise">The noise of draws.</param>
    /// <param name="report">Called for each window.</param>
    /// <returns>The drawn tokens, [B (T - 1), S, K].</returns>
    public int[] Score(int[] ids, int sequences, IBrierNoise noise, Report report)
    {
        _tape.Reset();
        using Arena arena = new(device, "key-value cache");
        int patches = ids.Length / sequences / _patchSize;
        CalmBatch batch = CalmBatches.Make(_tape, ids, ids, sequences, _patchSize, 0);
        KeyValueCache[]? caches = _span > 1 ? model.CreateCaches(arena, sequences, patches + _span) : null;
        Tensor hidden = model.Hidden(_tape, batch.Inputs, caches);
        int positions = hidden.Rows;
        int count = _span > 1 ? 2 : draws;
        Tensor rows = hidden.Reshape(positions, hidden.Columns);
        int[] drawn = DrawTokens(_tape, rows, noise.Teacher(_tape, positions, count));
        if (caches is null)
        {
            ScorePatches(ids, sequences, patches, drawn, count, report);
        }
        else
        {
            ScoreWindows(ids, sequences, patches, drawn, caches, noise, report);
        }

        return drawn;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tape.Dispose();
        _rollOut.Dispose();
    }

    /// <summary>Draws for all positions, a few at a time: at each of them many patches are drawn and decoded.</summary>
    private int[] DrawTokens(Tape tape, Tensor hidden, Tensor noise)
    {
        (int count, int columns) = (noise.Shape[1], noise.Columns);
        int[] tokens = new int[hidden.Rows * count * _patchSize];
        int whole = CalmObjective.HeadRowsAtOnce(tape.Device, model.Config) / count / AlignedPositions;
        int most = Math.Max(1, whole) * AlignedPositions;
        for (int first = 0; first < hidden.Rows; first += most)
        {
            int positions = Math.Min(most, hidden.Rows - first);
            Tensor rows = hidden.Slice((long)first * hidden.Columns, new Shape(positions, hidden.Columns));
            Tensor numbers = noise.Slice((long)first * count * columns, new Shape(positions, count, columns));
            Tensor drawn = tape.NoGrad(() =>
            {
                Tensor latents = model.Draw(tape, rows, numbers);
                return [model.Autoencoder.DecodeTokens(tape, latents.Reshape(positions * count, latents.Columns))];
            })[0];
            drawn.ToIntegerArray().CopyTo(tokens, first * count * _patchSize);
        }

        return tokens;
    }

    private void ScorePatches(int[] ids, int sequences, int patches, int[] drawn, int count, Report report)
    {
        Span<double> scores = stackalloc double[BrierScore.MostTokens];
        int places = patches - 1;
        for (int position = 0; position < sequences * places; position++)
        {
            int sequence = position / places;
            int patch = position % places + 1;
            scores.Clear();
            BrierScore.AddRow(
                drawn.AsSpan(position * count * _patchSize, count * _patchSize), _patchSize,
                ids.AsSpan((sequence * patches + patch) * _patchSize, _patchSize), scores);
            report(sequence, patch, scores);
        }
    }

    /// <summary>
    /// Windows of several patches, from the last start to the first: rolling out from a start overwrites only cached
    /// positions behind it, which no earlier start needs.
    /// </summary>
    private void ScoreWindows(
        int[] ids, int sequences, int patches, int[] drawn, KeyValueCache[] caches, IBrierNoise noise, Report report)
    {
        int places = patches - 1;

        // The published code leaves the last window out.
        int starts = places - _span + (estimator == BrierEstimator.Published ? 0 : 1);
        double[] scores = new double[BrierScore.MostTokens];
        for (int start = starts - 1; start >= 0; start--)
        {
            int[] collisions = RollOut(sequences, places, drawn, caches, noise, start);
            for (int sequence = 0; sequence < sequences; sequence++)
            {
                Array.Clear(scores);
                for (int draw = 0; draw < 2; draw++)
                {
                    Add(scores, Hits(ids, drawn, sequence, patches, start, draw), 1);
                }

                Add(scores, collisions[sequence], -1);
                report(sequence, start + 1, scores);
            }
        }
    }

    /// <summary>The number of leading tokens of a window that the teacher-forced draws of one sample match.</summary>
    private int Hits(int[] ids, int[] drawn, int sequence, int patches, int start, int draw)
    {
        int hits = 0;
        for (int token = 0; token < BrierScore.MostTokens; token++)
        {
            int place = start + token / _patchSize;
            int within = token % _patchSize;
            int position = sequence * (patches - 1) + place;
            int guess = drawn[(position * 2 + draw) * _patchSize + within];
            if (guess != ids[(sequence * patches + place + 1) * _patchSize + within])
            {
                break;
            }

            hits++;
        }

        return hits;
    }

    /// <summary>For each sequence, the number of leading tokens on which two continuations from a start agree.</summary>
    private int[] RollOut(
        int sequences, int places, int[] drawn, KeyValueCache[] caches, IBrierNoise noise, int start)
    {
        _rollOut.Reset();
        Array.ForEach(caches, cache => cache.Truncate(start + 1));
        int[] agreeing = new int[sequences];
        int[] pairs = new int[sequences * 2 * _patchSize];
        for (int sequence = 0; sequence < sequences; sequence++)
        {
            int position = sequence * places + start;
            Array.Copy(
                drawn, position * 2 * _patchSize, pairs, sequence * 2 * _patchSize, 2 * _patchSize);
        }

        for (int step = 0; ; step++)
        {
            for (int sequence = 0; sequence < sequences; sequence++)
            {
                ReadOnlySpan<int> first = pairs.AsSpan(sequence * 2 * _patchSize, _patchSize);
                ReadOnlySpan<int> second = pairs.AsSpan((sequence * 2 + 1) * _patchSize, _patchSize);
                if (agreeing[sequence] == step * _patchSize)
                {
                    agreeing[sequence] += first.CommonPrefixLength(second);
                }
            }

            if (step == _span - 1)
            {
                return [.. agreeing.Select(count => Math.Min(count, BrierScore.MostTokens))];
            }

            int[] fed = [.. Enumerable.Range(0, sequences).SelectMany(s => pairs.Skip(s * 2 * _patchSize).Take(_patchSize))];
            Tensor hidden = model.Hidden(_rollOut, _rollOut.FromIntegers(fed, new Shape(sequences, 1, _patchSize)), caches);
            pairs = DrawTokens(
                _rollOut, hidden.Reshape(sequences, hidden.Columns), noise.Roll(_rollOut, start, step + 1, sequences));
        }
    }

    private static void Add(Span<double> scores, int agreeing, double weight)
    {
        for (int n = 0; n < agreeing; n++)
        {
            scores[n] += weight;
        }
    }
}
