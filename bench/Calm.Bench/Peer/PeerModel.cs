using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>Models whose weights both sides know.</summary>
internal static class PeerModel
{
    /// <summary>A language model with its autoencoder.</summary>
    public static CalmModel Create(HostDevice host, RunConfig config, bool trainable)
    {
        Autoencoder autoencoder = new(new ParameterSet(), config.Autoencoder, PublishedCheckpoint.AutoencoderPrefix);
        CalmModel model = new(config.Calm, autoencoder);
        autoencoder.Parameters.Allocate(host, trainable: false);
        model.Parameters.Allocate(host, trainable);
        HashedData.Fill(autoencoder.Parameters);
        HashedData.Fill(model.Parameters);
        return model;
    }

    /// <summary>The gradient of every tensor that a checkpoint names.</summary>
    public static IEnumerable<PeerResult> Gradients(ParameterSet parameters) =>
        from parameter in parameters.Parameters
        let gradient = parameter.Value.Gradient!.ToArray()
        from part in parameter.Parts
        select PeerResult.Of(part.Name, gradient.AsSpan((int)part.Start, (int)part.Shape.Count));
}
