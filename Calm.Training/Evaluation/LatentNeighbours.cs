using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A patch, and those whose latents lie nearest.</summary>
/// <param name="Ids">Its tokens, [K].</param>
/// <param name="Nearest">From the nearest on.</param>
internal sealed record PatchNeighbours(int[] Ids, IReadOnlyList<PatchNeighbours.Neighbour> Nearest)
{
    /// <summary>A patch nearby.</summary>
    /// <param name="Ids">Its tokens, [K].</param>
    /// <param name="Distance">Euclidean, between the means of the two latents.</param>
    /// <param name="SharedTokens">Positions at which both have the same token.</param>
    internal sealed record Neighbour(int[] Ids, double Distance, int SharedTokens);
}

/// <summary>Finds the distinct patches of a text whose latents lie nearest to those of given patches.</summary>
internal sealed class LatentNeighbours
{
    private const int PatchesAtOnce = 512;

    private readonly Autoencoder _model;
    private readonly Device _device;
    private readonly int _patchSize;
    private readonly List<int[]> _patches;
    private readonly float[] _latents;

    /// <summary>Encodes a text's distinct patches.</summary>
    /// <param name="model">The autoencoder.</param>
    /// <param name="device">The device of its parameters.</param>
    /// <param name="ids">Tokens of patches, [N, K].</param>
    public LatentNeighbours(Autoencoder model, Device device, ReadOnlySpan<int> ids)
    {
        _model = model;
        _device = device;
        _patchSize = model.Config.PatchSize;
        _patches = Distinct(ids, _patchSize);
        _latents = Encode([.. _patches.SelectMany(patch => patch)]);
    }

    /// <summary>Number of distinct patches.</summary>
    public int Count => _patches.Count;

    /// <summary>Some distinct patches, the same for the same seed.</summary>
    /// <param name="count">Number of patches to take, at most.</param>
    /// <param name="wanted">Accepts patches.</param>
    /// <param name="seed">Seed of the choice.</param>
    public IReadOnlyList<int[]> Sample(int count, Func<int[], bool> wanted, ulong seed)
    {
        List<int[]> left = [.. _patches.Where(wanted)];
        List<int[]> taken = [];
        RandomStream stream = RandomStreams.NeighbourQueries(seed);
        while (taken.Count < count && left.Count > 0)
        {
            int place = (int)(stream.Uniform((ulong)taken.Count) * left.Count);
            taken.Add(left[place]);
            left.RemoveAt(place);
        }

        return taken;
    }

    /// <summary>The patches nearest to a patch, itself left out.</summary>
    public PatchNeighbours Of(int[] patch, int count)
    {
        float[] latent = Encode(patch);
        (double Distance, int Place)[] nearest =
        [
            .. Enumerable.Range(0, Count).Where(i => !_patches[i].AsSpan().SequenceEqual(patch))
                .Select(i => (Distance(latent, i), i)).Order().Take(count),
        ];
        return new PatchNeighbours(
            patch,
            [
                .. nearest.Select(near => new PatchNeighbours.Neighbour(
                    _patches[near.Place], near.Distance,
                    RecoveredTokens.CountEqual(_patches[near.Place], patch))),
            ]);
    }

    private double Distance(float[] latent, int place)
    {
        double sum = 0;
        ReadOnlySpan<float> other = _latents.AsSpan(place * latent.Length, latent.Length);
        for (int i = 0; i < latent.Length; i++)
        {
            double difference = latent[i] - other[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Means of the latents of patches, [N, L].</summary>
    private float[] Encode(int[] ids)
    {
        using Tape tape = new(_device, recording: false);
        List<float> means = [];
        for (int start = 0; start < ids.Length; start += PatchesAtOnce * _patchSize)
        {
            tape.Reset();
            int length = Math.Min(PatchesAtOnce * _patchSize, ids.Length - start);
            Tensor patches = tape.FromIntegers(ids.AsSpan(start, length), new Shape(length / _patchSize, _patchSize));
            means.AddRange(_model.Encode(tape, patches).Mean.ToArray());
        }

        return [.. means];
    }

    private static List<int[]> Distinct(ReadOnlySpan<int> ids, int patchSize)
    {
        HashSet<string> known = [];
        List<int[]> patches = [];
        for (int start = 0; start < ids.Length; start += patchSize)
        {
            ReadOnlySpan<int> patch = ids.Slice(start, patchSize);
            if (known.Add(new string(MemoryMarshal.Cast<int, char>(patch))))
            {
                patches.Add(patch.ToArray());
            }
        }

        return patches;
    }
}
