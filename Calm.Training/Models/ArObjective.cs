using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A batch of a discrete model.</summary>
/// <param name="Inputs">Tokens 0 .. T-2 of each sequence, [B, T - 1].</param>
/// <param name="Targets">Tokens 1 .. T-1, or -100 for no target, [B, T - 1].</param>
internal readonly record struct ArBatch(Tensor Inputs, Tensor Targets)
{
    /// <summary>Makes a batch of sequences: each token predicts the label after it.</summary>
    /// <param name="tape">The step.</param>
    /// <param name="ids">Tokens, [B, T].</param>
    /// <param name="labels">The same, with -100 for each token that is not predicted.</param>
    /// <param name="sequences">B.</param>
    /// <exception cref="CalmException">Sequences are too short, or nothing is left to predict.</exception>
    public static ArBatch Make(Tape tape, ReadOnlySpan<int> ids, ReadOnlySpan<int> labels, int sequences)
    {
        int length = ids.Length / sequences;
        if (length < 2 || ids.Length != sequences * length || labels.Length != ids.Length)
        {
            throw new CalmException(
                $"Batch: {ids.Length} tokens and {labels.Length} labels in {sequences} sequences; each needs at least two.");
        }

        int places = length - 1;
        int[] inputs = new int[sequences * places];
        int[] targets = new int[sequences * places];
        for (int sequence = 0; sequence < sequences; sequence++)
        {
            ids.Slice(sequence * length, places).CopyTo(inputs.AsSpan(sequence * places));
            labels.Slice(sequence * length + 1, places).CopyTo(targets.AsSpan(sequence * places));
        }

        if (!targets.AsSpan().ContainsAnyExcept(CalmBatches.Ignored))
        {
            throw new CalmException($"Batch: none of the {targets.Length} targets has a label.");
        }

        Shape shape = new(sequences, places);
        return new ArBatch(tape.FromIntegers(inputs, shape), tape.FromIntegers(targets, shape));
    }
}

/// <summary>The loss of a discrete model: the mean cross-entropy of the next token, in nats.</summary>
internal static class ArObjective
{
    /// <summary>The loss of a batch, a scalar. Only a chunk of rows has logits at any time.</summary>
    public static Tensor Loss(Tape tape, ArModel model, ArBatch batch) =>
        VocabularyCrossEntropy.Apply(tape, model.Hidden(tape, batch.Inputs), model.OutputTable, batch.Targets);
}
