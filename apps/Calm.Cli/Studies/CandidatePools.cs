using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Decoded draws of a model at positions of the held-out text, with the text's own tokens.</summary>
/// <param name="PatchSize">K.</param>
/// <param name="Draws">Draws at each place.</param>
/// <param name="Places">The places.</param>
internal sealed record CandidatePools(int PatchSize, int Draws, IReadOnlyList<CandidatePools.Place> Places)
{
    // As many as make intervals of about a percent; they are spread over the whole text.
    private const int MostPlaces = 2048;
    private const int DrawsOnDevice = 32_768;

    /// <summary>One place.</summary>
    /// <param name="Unit">Its document and piece.</param>
    /// <param name="Truth">The text's tokens, [K].</param>
    /// <param name="Tokens">The draws, [N, K].</param>
    internal sealed record Place((long Document, long Piece) Unit, int[] Truth, int[] Tokens);

    /// <summary>Draws pools at places of the held-out text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="config">Configuration with the context length and the number of patches to evaluate.</param>
    /// <param name="device">The device of the model.</param>
    /// <param name="draws">N.</param>
    /// <exception cref="UsageException">K is less than four: a pool would need roll-outs.</exception>
    public static CandidatePools Draw(CalmModel model, Corpus corpus, RunConfig config, Device device, int draws)
    {
        int patchSize = model.Config.PatchSize;
        if (patchSize < BrierScore.MostTokens)
        {
            throw new UsageException(
                $"calm.patch_size {patchSize}: must be at least {BrierScore.MostTokens} to draw pools of candidates.");
        }

        HeldOutWindows windows = new(
            corpus.HeldOut, config.CalmTraining.ContextPatches, Math.Min(MostPlaces, config.CalmTraining.EvaluationPatches));
        using BrierEvaluator evaluator = new(model, device, BrierEstimator.Clamped, draws);
        int together = Math.Max(1, DrawsOnDevice / draws / windows.Patches);
        List<Place> places = [];
        for (int window = 0; window < windows.Count; window += together)
        {
            int sequences = Math.Min(together, windows.Count - window);
            int[] ids = windows.Read(window, sequences);
            Noise noise = new(model.Config, config.CalmTraining.Seed, (uint)window);
            int[] drawn = evaluator.Score(ids, sequences, noise, static (_, _, _) => { });
            int width = draws * patchSize;
            for (int position = 0; position < drawn.Length / width; position++)
            {
                int sequence = position / (windows.Patches - 1);
                int patch = position % (windows.Patches - 1) + 1;
                int[] truth = ids.AsSpan((sequence * windows.Patches + patch) * patchSize, patchSize).ToArray();
                places.Add(new Place(
                    windows.Unit(window + sequence, patch), truth, drawn.AsSpan(position * width, width).ToArray()));
            }
        }

        return new CandidatePools(patchSize, draws, places);
    }

    /// <summary>The distinct patches among the draws of a position: the number of each draw's patch, and their count.</summary>
    public (int[] Outcomes, int Distinct) OutcomesOf(Place place)
    {
        Dictionary<string, int> known = [];
        int[] outcomes = new int[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            string patch = string.Join(' ', place.Tokens.AsSpan(draw * PatchSize, PatchSize).ToArray());
            if (!known.TryGetValue(patch, out outcomes[draw]))
            {
                known.Add(patch, outcomes[draw] = known.Count);
            }
        }

        return (outcomes, known.Count);
    }

    /// <summary>Noise of the head, by batch of windows.</summary>
    private sealed class Noise(CalmConfig config, ulong seed, uint batch) : IBrierNoise
    {
        public Tensor Teacher(Tape tape, int positions, int draws)
        {
            Tensor rows = tape.FromIntegers(Enumerable.Range(0, positions).ToArray(), new Shape(positions));
            return DrawNoise.Make(tape, config, rows, draws, RandomStreams.StudyCandidates(seed, batch));
        }

        public Tensor Roll(Tape tape, int start, int step, int sequences) =>
            throw new CalmException("candidates of patches of four and more tokens need no roll-out.");
    }
}
