using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Cache of the latents of patches that a frozen autoencoder has encoded. Text repeats its patches, so most of a step's targets
/// are known. A row's latent has the same bits whatever rows it is encoded with.
/// </summary>
/// <param name="autoencoder">Its weights must not change.</param>
internal sealed class EncodedPatches(Autoencoder autoencoder)
{
    // 400 MB with latents of 48; further patches are encoded each time.
    private const int MostPatches = 1 << 20;

    private readonly int _patchSize = autoencoder.Config.PatchSize;
    private readonly int _latentSize = autoencoder.Config.LatentSize;
    private readonly Dictionary<UInt128, int> _rows = [];
    private readonly List<float> _means = [];
    private readonly List<float> _logStds = [];

    /// <summary>Whether a patch fits into a key, and the device is the host, whose memory can be read directly.</summary>
    public static bool Fits(AutoencoderConfig config, Device device) =>
        device is HostDevice && config.PatchSize * sizeof(int) <= 16;

    /// <summary>Number of patches that are known.</summary>
    public int Count => _rows.Count;

    /// <summary>Means and logarithms of the standard deviations of patches [M, K], [M, L] each.</summary>
    public (Tensor Mean, Tensor LogStd) Encode(Tape tape, Tensor patches)
    {
        int[] ids = patches.ToIntegerArray();
        int count = ids.Length / _patchSize;
        if (_rows.Count + count > MostPatches)
        {
            return autoencoder.Encode(tape, patches);
        }

        AddUnknown(tape, ids);
        Tensor mean = tape.Rent(new Shape(count, _latentSize), nameof(EncodedPatches));
        Tensor logStd = tape.Rent(new Shape(count, _latentSize), nameof(EncodedPatches));
        Gather(ids, _means, mean);
        Gather(ids, _logStds, logStd);
        return (mean, logStd);
    }

    private void AddUnknown(Tape tape, int[] ids)
    {
        List<int> unknown = [];
        for (int start = 0; start < ids.Length; start += _patchSize)
        {
            ReadOnlySpan<int> patch = ids.AsSpan(start, _patchSize);
            if (_rows.TryAdd(Key(patch), _rows.Count))
            {
                unknown.AddRange(patch);
            }
        }

        if (unknown.Count > 0)
        {
            Tensor patches = tape.FromIntegers(
                CollectionsMarshal.AsSpan(unknown), new Shape(unknown.Count / _patchSize, _patchSize));
            (Tensor mean, Tensor logStd) = autoencoder.Encode(tape, patches);
            _means.AddRange(mean.ToArray());
            _logStds.AddRange(logStd.ToArray());
        }
    }

    private void Gather(int[] ids, List<float> known, Tensor rows)
    {
        ReadOnlySpan<float> values = CollectionsMarshal.AsSpan(known);
        float[] gathered = new float[rows.Count];
        for (int i = 0; i < rows.Rows; i++)
        {
            int row = _rows[Key(ids.AsSpan(i * _patchSize, _patchSize))];
            values.Slice(row * _latentSize, _latentSize).CopyTo(gathered.AsSpan(i * _latentSize));
        }

        rows.CopyFrom(gathered);
    }

    private static UInt128 Key(ReadOnlySpan<int> patch)
    {
        UInt128 key = 0;
        foreach (int id in patch)
        {
            key = (key << 32) | (uint)id;
        }

        return key;
    }
}
