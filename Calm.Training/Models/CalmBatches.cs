using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Makes language-model batches of token sequences.</summary>
internal static class CalmBatches
{
    /// <summary>Label of tokens that are not predicted.</summary>
    public const int Ignored = -100;

    /// <summary>Cuts sequences into patches that are read and patches that are predicted.</summary>
    /// <param name="tape">The step.</param>
    /// <param name="ids">Tokens, [B, T K].</param>
    /// <param name="labels">The same, with <see cref="Ignored"/> for every token of a patch that is no target.</param>
    /// <param name="sequences">B.</param>
    /// <param name="patchSize">K.</param>
    /// <param name="firstSequence">Number of the first sequence within the full batch.</param>
    /// <exception cref="CalmException">A mask is not aligned with patches, or nothing is left to predict.</exception>
    public static CalmBatch Make(
        Tape tape, ReadOnlySpan<int> ids, ReadOnlySpan<int> labels, int sequences, int patchSize, int firstSequence)
    {
        int patches = ids.Length / sequences / patchSize;
        if (patches < 2 || ids.Length != sequences * patches * patchSize)
        {
            throw new CalmException(
                $"Batch: {ids.Length} tokens in {sequences} sequences; each needs a whole number of at least two "
                + $"patches of {patchSize}.");
        }

        int places = patches - 1;
        int[] inputs = new int[sequences * places * patchSize];
        List<int> live = new(sequences * places);
        List<int> targets = new(inputs.Length);
        for (int sequence = 0; sequence < sequences; sequence++)
        {
            int start = sequence * patches * patchSize;
            ids.Slice(start, places * patchSize).CopyTo(inputs.AsSpan(sequence * places * patchSize));
            for (int place = 0; place < places; place++)
            {
                ReadOnlySpan<int> label = labels.Slice(start + (place + 1) * patchSize, patchSize);
                if (IsLive(label, sequence, place + 1))
                {
                    live.Add(sequence * places + place);
                    targets.AddRange(label);
                }
            }
        }

        if (live.Count == 0)
        {
            throw new CalmException($"Batch: none of the {sequences * places} target patches has a label.");
        }

        int[] positions = [.. live.Select(row => row + firstSequence * places)];
        bool all = live.Count == sequences * places;
        return new CalmBatch(
            tape.FromIntegers(inputs, new Shape(sequences, places, patchSize)),
            all ? null : tape.FromIntegers(CollectionsMarshal.AsSpan(live), new Shape(live.Count)),
            tape.FromIntegers(CollectionsMarshal.AsSpan(targets), new Shape(live.Count, patchSize)),
            tape.FromIntegers(positions, new Shape(live.Count)));
    }

    private static bool IsLive(ReadOnlySpan<int> label, int sequence, int patch)
    {
        int ignored = label.Count(Ignored);
        if (ignored != 0 && ignored != label.Length)
        {
            throw new CalmException(
                $"Batch: {ignored} of the {label.Length} labels of patch {patch} of sequence {sequence} are masked; "
                + "a mask covers whole patches.");
        }

        return ignored == 0;
    }
}
