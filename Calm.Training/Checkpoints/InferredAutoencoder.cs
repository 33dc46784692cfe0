using Calm.Runtime;

namespace Calm.Training;

/// <summary>The sizes of an autoencoder, as the shapes of its weights in a language model's checkpoint tell them.</summary>
internal static class InferredAutoencoder
{
    /// <summary>Infers a configuration.</summary>
    /// <param name="where">The language model's configuration, for messages.</param>
    /// <param name="calm">The language model's configuration.</param>
    /// <param name="weights">Its weights.</param>
    /// <exception cref="CalmException">The weights hold no autoencoder, or none that can be.</exception>
    public static AutoencoderConfig Of(string where, CalmConfig calm, IWeightSource weights)
    {
        IReadOnlyList<long> feedForward = Sizes("encoder.encoder_layers.0.mlp.gate_proj.weight");
        IReadOnlyList<long> squeeze = Sizes("encoder.squeeze_layer.weight");
        AutoencoderConfig shape = new()
        {
            PatchSize = Size(squeeze[1] / squeeze[0]),
            VocabSize = calm.VocabSize,
            HiddenSize = Size(squeeze[0]),
            IntermediateSize = Size(feedForward[0]),
            NumEncoderLayers = CountLayers("encoder.encoder_layers"),
            NumDecoderLayers = CountLayers("decoder.decoder_layers"),
            LatentSize = Size(Sizes("decoder.latent_to_hidden.weight")[1]),
            BosTokenId = calm.BosTokenId,
            EosTokenId = calm.EosTokenId,
            PadTokenId = calm.PadTokenId,
        };
        try
        {
            ShapeCheck.Of(shape);
            return shape;
        }
        catch (SettingException failure)
        {
            throw new CalmException($"{where}: {failure.Message}", failure);
        }

        IReadOnlyList<long> Sizes(string name) =>
            weights.SizesOf(PublishedCheckpoint.AutoencoderPrefix + name) is [> 0, _] sizes
                ? sizes
                : throw new CalmException(
                    $"{weights.Where}: has no matrix {PublishedCheckpoint.AutoencoderPrefix}{name}; name the autoencoder's "
                    + "folder.");

        int CountLayers(string name)
        {
            int count = 0;
            while (weights.SizesOf($"{PublishedCheckpoint.AutoencoderPrefix}{name}.{count}.layernorm.weight") is not null)
            {
                count++;
            }

            return count;
        }
    }

    // A size that no int holds is refused by the check of the shape.
    private static int Size(long size) => (int)Math.Min(size, int.MaxValue);
}
