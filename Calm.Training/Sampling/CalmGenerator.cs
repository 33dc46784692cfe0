using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Writes sequences patch by patch: draws candidates for the next latent, decodes them to their most likely tokens and
/// chooses one. Sequences may begin and end between any two patches. Logits are never written to memory.
/// </summary>
internal sealed class CalmGenerator : IDisposable
{
    // 32 MB of weights, those of a model whose product of one row is not bound by reading them from memory.
    private const long MostPacked = 1 << 24;

    // Pools that are drawn for a patch that begins as a prompt ends.
    private const int MostPools = 8;

    private readonly CalmModel _model;
    private readonly Tape _tape;
    private readonly SideBySide _parts;
    private readonly Arena _arena;
    private readonly Stack<KeyValueCache[]> _freeCaches = [];
    private readonly Lazy<VocabularyScreen?> _screen;

    /// <summary>A generator without sequences.</summary>
    /// <param name="model">The model.</param>
    /// <param name="device">The device of its parameters.</param>
    public CalmGenerator(CalmModel model, Device device)
    {
        _model = model;
        _arena = new Arena(device, "generation");
        _tape = new Tape(device, recording: false) { PackedWeights = new PackedWeightCache(_arena, MostPacked) };
        _parts = new SideBySide(_tape);
        _screen = new(() => VocabularyScreen.Create(_arena, model.Autoencoder.TokenTable));
    }

    /// <summary>Begins a sequence.</summary>
    /// <param name="sampler">Chooses its patches.</param>
    /// <param name="noise">Randomness of its draws and choices.</param>
    /// <param name="capacity">Patches to make room for at first.</param>
    public CalmSequence Begin(ITemperatureSampler sampler, IGenerationNoise noise, int capacity)
    {
        KeyValueCache[] caches = _freeCaches.TryPop(out KeyValueCache[]? free)
            ? free
            : _model.CreateCaches(_arena, 1, capacity);
        return new CalmSequence(caches, new float[_model.Config.HiddenSize], sampler, noise);
    }

    /// <summary>Ends a sequence, whose memory another will use.</summary>
    public void End(CalmSequence sequence)
    {
        Array.ForEach(sequence.Caches, cache => cache.Truncate(0));
        _freeCaches.Push(sequence.Caches);
    }

    /// <summary>Reads patches of a sequence: the prompt at first, then each patch that was chosen.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="ids">Tokens, [P K].</param>
    public void Read(CalmSequence sequence, ReadOnlySpan<int> ids)
    {
        _tape.Reset();
        int patchSize = _model.Config.PatchSize;
        int patches = ids.Length / patchSize;
        Tensor hidden = _model.Hidden(_tape, _tape.FromIntegers(ids, new Shape(1, patches, patchSize)), sequence.Caches);
        hidden.Slice((long)(patches - 1) * hidden.Columns, new Shape(hidden.Columns)).CopyTo(sequence.Hidden);
    }

    /// <summary>Chooses the next patch of some sequences, each as if it were alone; they read it back to go on.</summary>
    /// <returns>The chosen patches.</returns>
    public ChosenPatch[] Next(params CalmSequence[] sequences)
    {
        DrawnPatches patches = new(_model.Autoencoder, _tape, _parts, _screen.Value);
        PatchRequest[] requests = [.. sequences.Select(sequence => new PatchRequest(sequence, patches))];
        for (PatchRequest[] open = requests; open.Length > 0;)
        {
            Array.ForEach(open, request => request.Continue());
            open = [.. open.Where(request => request.Chosen is null)];
            Serve(open, patches);
        }

        Array.ForEach(sequences, sequence => sequence.Patch++);
        return [.. requests.Select(request => request.Chosen!)];
    }

    /// <summary>
    /// Chooses the patch inside which a prompt ends, by the batch rule among draws that begin with the prompt's last tokens. If
    /// none does in several pools, the choice from the last pool has its beginning replaced.
    /// </summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="begun">The tokens that the patch must begin with.</param>
    /// <param name="agreement">n of the temperature 1/n.</param>
    /// <param name="poolSize">Draws of a pool.</param>
    /// <returns>Tokens, [K], and the number of draws.</returns>
    public (int[] Tokens, int Draws) Complete(CalmSequence sequence, ReadOnlySpan<int> begun, int agreement, int poolSize)
    {
        int patchSize = _model.Config.PatchSize;
        for (int pool = 1; ; pool++)
        {
            int[] drawn = Candidates(sequence, (pool - 1) * poolSize, poolSize);
            List<int> agreeing = [];
            for (int start = 0; start < drawn.Length; start += patchSize)
            {
                ReadOnlySpan<int> patch = drawn.AsSpan(start, patchSize);
                if (patch.StartsWith(begun))
                {
                    agreeing.AddRange(patch);
                }
            }

            if (agreeing.Count > 0 || pool == MostPools)
            {
                int[] candidates = agreeing.Count > 0 ? [.. agreeing] : drawn;
                double place = sequence.Noise.Choice(sequence.Patch++).Place;
                int chosen = CandidateChoice.Choose(candidates, patchSize, agreement, place);
                int[] tokens = candidates[(chosen * patchSize)..((chosen + 1) * patchSize)];
                begun.CopyTo(tokens);
                return (tokens, pool * poolSize);
            }
        }
    }

    /// <summary>Draws of the next patch of a sequence, whole and not chosen from.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="first">The number of the first draw.</param>
    /// <param name="count">Number of draws.</param>
    /// <returns>Tokens, [count, K].</returns>
    public int[] Candidates(CalmSequence sequence, int first, int count)
    {
        _tape.Reset();
        Tensor latents = Draw(_tape, [sequence], first, count);
        return _model.Autoencoder.DecodeTokens(_tape, latents.Reshape(count, latents.Columns)).ToIntegerArray();
    }

    /// <summary>Makes and decodes what requests lack, together for all that lack the same.</summary>
    private void Serve(PatchRequest[] requests, DrawnPatches patches)
    {
        foreach (IGrouping<(int First, int Count), PatchRequest> alike in requests.GroupBy(request => request.Block)
                     .Where(alike => alike.Key.Count > 0))
        {
            CalmSequence[] sequences = [.. alike.Select(request => request.Sequence)];
            (int first, int count) = alike.Key;
            int row = patches.Add(
                sequences.Length, count, (tape, start, some) => Draw(tape, sequences, first + start, some));
            foreach (PatchRequest request in alike)
            {
                request.Rows.AddRange(Enumerable.Range(row, count));
                row += count;
            }
        }

        foreach (IGrouping<int, PatchRequest> alike in requests.Where(request => request.Undecoded.Count > 0)
                     .GroupBy(request => request.Position))
        {
            patches.Decode([.. alike.SelectMany(request => request.Undecoded)], alike.Key);
        }
    }

    /// <summary>Draws [first, first + count) of some sequences: latents, [sequences, count, L].</summary>
    private Tensor Draw(Tape tape, CalmSequence[] sequences, int first, int count)
    {
        int size = DrawNoise.Size(_model.Config);
        float[] states = [.. sequences.SelectMany(sequence => sequence.Hidden)];
        Tensor hidden = tape.From(states, new Shape(sequences.Length, _model.Config.HiddenSize));
        Tensor noise = tape.Rent(new Shape(sequences.Length, count, size), nameof(CalmGenerator));
        for (int i = 0; i < sequences.Length; i++)
        {
            Tensor own = sequences[i].Noise.Draws(tape, sequences[i].Patch, first, count);
            tape.Device.Copy(own, noise.Slice((long)i * count * size, own.Shape));
        }

        return _model.Draw(tape, hidden, noise);
    }

    /// <summary>Gives its memory back.</summary>
    public void Dispose()
    {
        _parts.Dispose();
        _tape.Dispose();
        _arena.Dispose();
    }
}
