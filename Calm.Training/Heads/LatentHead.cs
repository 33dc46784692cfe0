using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Draws the next latent from a hidden state, and computes the loss of its draws. Its rows are draws: S at each of the M
/// positions, whose losses are independent of each other.
/// </summary>
internal abstract class LatentHead
{
    /// <summary>Prefix of the names of a head's parameters.</summary>
    public const string Prefix = "generative_head.";

    /// <summary>Makes the head of a configuration and adds its parameters to a set.</summary>
    public static LatentHead Create(ParameterSet parameters, CalmConfig config) => config.Head switch
    {
        HeadKind.Diffusion => new DiffusionHead(parameters, config),
        HeadKind.Flow => new FlowHead(parameters, config),
        _ => new EnergyHead(parameters, config),
    };

    /// <summary>The loss, a mean over positions and draws.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="hidden">Hidden states, [M, d].</param>
    /// <param name="mean">Means of the target latents, [M, L].</param>
    /// <param name="logStd">Logarithms of their deviations, [M, L].</param>
    /// <param name="positions">Each position's number in the full batch, [M].</param>
    /// <param name="noise">The random numbers of the step.</param>
    /// <returns>
    /// A scalar, and a result of each draw: the latent of an energy head, [M, S, L]; the loss of any other, [M, S].
    /// </returns>
    public abstract (Tensor Loss, Tensor Draws) Loss(
        Tape tape, Tensor hidden, Tensor mean, Tensor logStd, Tensor positions, ICalmNoise noise);

    /// <summary>Draws of the next latent.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="hidden">Hidden states, [M, d].</param>
    /// <param name="noise">As <see cref="DrawNoise"/> makes it, [M, S, numbers of a draw].</param>
    /// <returns>[M, S, L].</returns>
    public abstract Tensor Draw(Tape tape, Tensor hidden, Tensor noise);
}
