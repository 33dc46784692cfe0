using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The uniform numbers by which roll-outs draw tokens.</summary>
internal interface IArUniforms
{
    /// <summary>A number in [0, 1).</summary>
    /// <param name="start">The position at which the roll-out began.</param>
    /// <param name="step">Tokens drawn before this one, 0 to 2.</param>
    /// <param name="draw">0 or 1.</param>
    /// <param name="sequence">The sequence in the batch.</param>
    double At(int start, int step, int draw, int sequence);
}

/// <summary>
/// Brier-1 to Brier-4 of a discrete model: 2 P(y1..yn) - sum over x of P(x1..xn)^2. Hits are exact, products of
/// probabilities of the tokens that came. Collisions are estimated along one continuation x that the model draws itself:
/// P(x1..x(n-1)) times the exact sum of p^2 of the n-th token (docs/ar.md).
/// </summary>
/// <param name="model">The model.</param>
/// <param name="device">The device of its parameters.</param>
/// <param name="estimator">
/// Published draws a second token at each step, and counts 1 where all agree with x in place of P(x1..x(n-1)): the same
/// expectation, more variance.
/// </param>
internal sealed class ArBrierEvaluator(ArModel model, Device device, BrierEstimator estimator) : IDisposable
{
    // Logits that exist at a time, for the whole vocabulary; at least so many rows.
    private const int LogitsAtATime = 1 << 22;
    private const int FewestRows = 64;

    private readonly Tape _tape = new(device, recording: false);
    private readonly Tape _logits = new(device, recording: false);
    private readonly TokenLaw _law = new(model.Config.VocabSize);

    /// <summary>Receives the scores of a window.</summary>
    /// <param name="sequence">Its sequence within the batch.</param>
    /// <param name="token">The first token it predicts.</param>
    /// <param name="scores">Brier-1 to Brier-4.</param>
    internal delegate void Report(int sequence, int token, ReadOnlySpan<double> scores);

    /// <summary>One step of a roll-out.</summary>
    /// <param name="Collision">The sum of p^2 over tokens.</param>
    /// <param name="Token">The drawn token, which continues the roll-out.</param>
    /// <param name="Agreement">The probability, or for the published estimator the observation, that another draw agrees.</param>
    private readonly record struct Step(double Collision, int Token, double Agreement);

    /// <summary>Scores the windows of a batch of sequences that begin at multiples of <paramref name="stride"/>.</summary>
    /// <param name="ids">Tokens, [B, T].</param>
    /// <param name="sequences">B.</param>
    /// <param name="stride">1 for every window; K for those that a CALM model of patches of K predicts.</param>
    /// <param name="uniforms">The random numbers of draws.</param>
    /// <param name="report">Called for each window.</param>
    /// <returns>log p of the tokens 1 .. T-1 of each sequence, given those before, [B, T - 1].</returns>
    public double[] Score(int[] ids, int sequences, int stride, IArUniforms uniforms, Report report)
    {
        using Arena arena = new(device, "key-value cache");
        int length = ids.Length / sequences;
        KeyValueCache[] caches = model.CreateCaches(arena, sequences, length + BrierScore.MostTokens);
        (double[] logProbabilities, Dictionary<int, Step[]> starts) = Teach(ids, sequences, stride, caches, uniforms);

        // From the last start to the first: a roll-out overwrites only cached positions behind it, which no earlier needs.
        Span<double> scores = stackalloc double[BrierScore.MostTokens];
        foreach (int start in starts.Keys.OrderDescending())
        {
            double[] collisions = RollOut(start, starts[start], caches, uniforms);
            for (int sequence = 0; sequence < sequences; sequence++)
            {
                double logProbability = 0;
                for (int n = 0; n < scores.Length; n++)
                {
                    logProbability += logProbabilities[sequence * (length - 1) + start + n];
                    scores[n] = 2 * Math.Exp(logProbability) - collisions[sequence * scores.Length + n];
                }

                report(sequence, start + 1, scores);
            }
        }

        return logProbabilities;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tape.Dispose();
        _logits.Dispose();
    }

    /// <summary>
    /// Reads all tokens but the last of each sequence. Returns the probabilities of the next tokens and the first steps of the
    /// roll-outs.
    /// </summary>
    private (double[] LogProbabilities, Dictionary<int, Step[]> Starts) Teach(
        int[] ids, int sequences, int stride, KeyValueCache[] caches, IArUniforms uniforms)
    {
        _tape.Reset();
        int length = ids.Length / sequences;
        int places = length - 1;
        Tensor hidden = model.Hidden(_tape, ArBatch.Make(_tape, ids, ids, sequences).Inputs, caches);
        double[] logProbabilities = new double[hidden.Rows];
        Dictionary<int, Step[]> starts = [];
        ForEachRow(hidden, row =>
        {
            (int sequence, int place) = Math.DivRem(row, places);
            logProbabilities[row] = _law.LogProbability(ids[sequence * length + place + 1]);
            if ((place + 1) % stride == 0 && place + BrierScore.MostTokens < length)
            {
                if (!starts.TryGetValue(place, out Step[]? steps))
                {
                    starts.Add(place, steps = new Step[sequences]);
                }

                steps[sequence] = Draw(place, 0, sequence, uniforms);
            }
        });
        return (logProbabilities, starts);
    }

    /// <summary>Estimates of sum over x of P(x1..xn)^2 for n = 1 .. 4 after a start, [B, 4].</summary>
    private double[] RollOut(int start, Step[] steps, KeyValueCache[] caches, IArUniforms uniforms)
    {
        Array.ForEach(caches, cache => cache.Truncate(start + 1));
        int sequences = steps.Length;
        double[] collisions = new double[sequences * BrierScore.MostTokens];
        double[] agreement = [.. Enumerable.Repeat(1.0, sequences)];
        for (int n = 0; ; n++)
        {
            for (int sequence = 0; sequence < sequences; sequence++)
            {
                collisions[sequence * BrierScore.MostTokens + n] = agreement[sequence] * steps[sequence].Collision;
                agreement[sequence] *= steps[sequence].Agreement;
            }

            if (n == BrierScore.MostTokens - 1)
            {
                return collisions;
            }

            _tape.Reset();
            int[] tokens = [.. steps.Select(step => step.Token)];
            Tensor hidden = model.Hidden(_tape, _tape.FromIntegers(tokens, new Shape(sequences, 1)), caches);
            Step[] next = new Step[sequences];
            int drawn = n + 1;
            ForEachRow(hidden, sequence => next[sequence] = drawn < BrierScore.MostTokens - 1
                ? Draw(start, drawn, sequence, uniforms)
                : new Step(_law.Collision, 0, 0));
            steps = next;
        }
    }

    private Step Draw(int start, int step, int sequence, IArUniforms uniforms)
    {
        int token = _law.Draw(uniforms.At(start, step, 0, sequence));
        double agreement = estimator == BrierEstimator.Clamped
            ? _law[token]
            : token == _law.Draw(uniforms.At(start, step, 1, sequence)) ? 1 : 0;
        return new Step(_law.Collision, token, agreement);
    }

    /// <summary>Computes the next-token distribution of each hidden state in turn.</summary>
    private void ForEachRow(Tensor hidden, Action<int> look)
    {
        int vocabulary = model.Config.VocabSize;
        int most = Math.Max(FewestRows, LogitsAtATime / vocabulary / FewestRows * FewestRows);
        for (int first = 0; first < hidden.Rows; first += most)
        {
            int count = Math.Min(most, hidden.Rows - first);
            _logits.Reset();
            Tensor rows = hidden.Slice((long)first * hidden.Columns, new Shape(count, hidden.Columns));
            float[] logits = model.Logits(_logits, rows).ToArray();
            for (int row = 0; row < count; row++)
            {
                _law.Set(logits.AsSpan(row * vocabulary, vocabulary));
                look(first + row);
            }
        }
    }
}
