using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Latents that are remembered: the bits that encoding all patches anew gives.</summary>
public sealed class EncodedPatchesTests
{
    private static readonly AutoencoderConfig Shape = new()
    {
        HiddenSize = 24, IntermediateSize = 40, LatentSize = 10, VocabSize = 300, BosTokenId = 297, EosTokenId = 298,
        PadTokenId = 299,
    };

    [Fact]
    public void Known_and_unknown_patches_have_the_bits_of_a_whole_batch()
    {
        using HostDevice host = new(2);
        using Tape tape = new(host, recording: false);
        Autoencoder autoencoder = new(new ParameterSet(), Shape);
        autoencoder.Parameters.Allocate(host, trainable: false);
        autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        EncodedPatches encoded = new(autoencoder);
        Assert.True(EncodedPatches.Fits(Shape, host));
        Assert.False(EncodedPatches.Fits(Shape with { PatchSize = 5 }, host));
        foreach ((int seed, int known) in new[] { (0, 32), (5, 37), (5, 37), (40, 69) })
        {
            tape.Reset();

            // Patches come in pairs of equal ones; a seed decides where the row of patches starts.
            int[] ids = [.. Enumerable.Range(0, 64 * 4).Select(i => ((i / 8 + seed) * 4 + i % 4) * 7 % 297)];
            Tensor patches = tape.FromIntegers(ids, new Shape(64, 4));
            (Tensor mean, Tensor logStd) = encoded.Encode(tape, patches);
            (Tensor wantedMean, Tensor wantedLogStd) = autoencoder.Encode(tape, patches);
            Assert.Equal(wantedMean.ToArray(), mean.ToArray());
            Assert.Equal(wantedLogStd.ToArray(), logStd.ToArray());
            Assert.Equal(known, encoded.Count);
        }
    }
}
