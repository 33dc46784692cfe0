using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The hybrid loss of a diffusion model with learned variances: for each row the mean over L of (e - noise)^2 plus, in bits,
/// the variational bound's term of its step. The mean in that term takes e as a constant, so that it fits only the variance.
/// Source: Nichol and Dhariwal 2021, arXiv:2102.09672, equations 14 to 16; Ho, Jain and Abbeel 2020, arXiv:2006.11239,
/// equation 13, for t = 0.
/// </summary>
public static partial class DiffusionLoss
{
    private const string Op = nameof(DiffusionLoss);
    private const float BitsPerNat = 1.44269504f;

    // At t = 0 a latent counts as known to half of a pixel's step, and as unbounded on one side beyond the range of pixels:
    // the published code took these constants from images.
    private const float HalfWidth = 1f / 255;
    private const float Edge = 0.999f;
    private const float MinProbability = 1e-12f;

    // The normal distribution function is taken as sigmoid(Slope * (z + Cubic z^3)).
    private const float Slope = 1.59576912f;
    private const float Cubic = 0.044715f;

    // Beyond these deviations every probability is below the minimum.
    private const float FarAway = 30;

    /// <summary>The loss, and the losses of the rows, whose mean it is.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="output">[e, v] of the model: noise, and place of the variance between its bounds, [R, 2 L].</param>
    /// <param name="noise">The noise that was mixed in, [R, L]; gets no gradient.</param>
    /// <param name="latents">The latents that it was mixed into, [R, L]; gets no gradient.</param>
    /// <param name="constants">Of each row's step: [R, <see cref="DiffusionConstants.Count"/>].</param>
    /// <returns>A scalar, and [R], which carries no gradient.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static (Tensor Loss, Tensor Rows) Apply(
        Tape tape, Tensor output, Tensor noise, Tensor latents, Tensor constants)
    {
        Check.Device(Op, tape, output, noise, latents, constants);
        Check.Shape(Op, nameof(latents), latents, noise.Shape);
        Check.That(noise.Rows >= 1, Op, "number of rows", noise.Rows, "at least 1");
        Check.Shape(Op, nameof(output), output, new Shape(noise.Rows, 2 * noise.Columns));
        Check.Shape(Op, nameof(constants), constants, new Shape(noise.Rows, DiffusionConstants.Count));
        Tensor loss = tape.Rent(default, Op);
        Tensor rows = tape.Rent(new Shape(noise.Rows), Op);
        tape.Device.Run(new Forward(output, noise, latents, constants, rows, loss));
        if (tape.Records(output))
        {
            tape.Record(new Node(output, noise, latents, constants, loss));
        }

        return (loss, rows);
    }

    /// <summary>The bounds of a row's variance, for loops and kernels alike.</summary>
    private readonly struct Variance(float gap, float logMin, float logMax)
    {
        /// <summary>Slope of the logarithm of the variance in v.</summary>
        private readonly float _slope = 0.5f * (logMax - logMin);

        /// <summary>Divergence of the posterior from the model's reverse step, in nats, and its slope in v.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Divergence<TLanes>(TLanes difference, TLanes v, out TLanes slope)
            where TLanes : unmanaged, IArithmetic<TLanes>
        {
            TLanes half = TLanes.Broadcast(0.5f);
            TLanes one = TLanes.Broadcast(1);
            TLanes delta = AboveLeast(v);
            TLanes ratio = LaneMath.Exp(TLanes.Broadcast(0) - delta);
            TLanes distance = TLanes.Broadcast(gap) * difference;
            TLanes scaled = distance * LaneMath.Exp(TLanes.Broadcast(-0.5f) * (TLanes.Broadcast(logMin) + delta));
            TLanes both = TLanes.MultiplyAdd(scaled, scaled, ratio);
            slope = TLanes.Broadcast(0.5f * _slope) * (one - both);
            return half * (delta - one + both);
        }

        /// <summary>
        /// Minus the logarithm of the probability of a latent at t = 0, and its slope in v. Both tails are computed by
        /// themselves: 1 - F would lose all digits of a small probability.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Surprise<TLanes>(TLanes difference, TLanes v, TLanes latent, out TLanes slope)
            where TLanes : unmanaged, IArithmetic<TLanes>
        {
            TLanes centered = TLanes.Broadcast(gap) * difference;
            TLanes width = TLanes.Broadcast(HalfWidth);
            TLanes precision = LaneMath.Exp(TLanes.Broadcast(-0.5f) * (TLanes.Broadcast(logMin) + AboveLeast(v)));
            TLanes below = Distribution(precision * (centered + width), out TLanes above, out TLanes belowSlope);
            TLanes under = Distribution(precision * (centered - width), out TLanes over, out TLanes underSlope);

            TLanes isPositive = TLanes.GreaterThan(centered, TLanes.Broadcast(0));
            TLanes isLow = TLanes.GreaterThan(TLanes.Broadcast(-Edge), latent);
            TLanes isHigh = TLanes.GreaterThan(latent, TLanes.Broadcast(Edge));
            TLanes probability = TLanes.Select(isPositive, over - above, below - under);
            probability = TLanes.Select(isLow, below, TLanes.Select(isHigh, over, probability));
            TLanes change = TLanes.Select(
                isLow, belowSlope,
                TLanes.Select(isHigh, TLanes.Broadcast(0) - underSlope, belowSlope - underSlope));

            TLanes least = TLanes.Broadcast(MinProbability);
            TLanes isLeast = TLanes.GreaterThan(least, probability);
            slope = TLanes.Select(
                isLeast, TLanes.Broadcast(0), TLanes.Broadcast(-_slope) * change / TLanes.Max(least, probability));
            return TLanes.Broadcast(0) - LaneMath.Log(TLanes.Max(least, probability));
        }

        /// <summary>Logarithm of the variance above logMin: v in [-1, 1] goes from it to logMax.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private TLanes AboveLeast<TLanes>(TLanes v) where TLanes : unmanaged, IArithmetic<TLanes>
        {
            TLanes slope = TLanes.Broadcast(_slope);
            return TLanes.MultiplyAdd(v, slope, slope);
        }

        /// <summary>F(z), 1 - F(z), and the slope of F in the logarithm of the variance, -z F'(z) / 2.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TLanes Distribution<TLanes>(TLanes z, out TLanes complement, out TLanes slope)
            where TLanes : unmanaged, IArithmetic<TLanes>
        {
            TLanes far = TLanes.Broadcast(FarAway);
            z = TLanes.Min(far, TLanes.Max(TLanes.Broadcast(-FarAway), z));
            TLanes one = TLanes.Broadcast(1);
            TLanes square = TLanes.Broadcast(Cubic) * z * z;
            TLanes argument = TLanes.Broadcast(Slope) * z * (one + square);
            TLanes probability = LaneMath.Sigmoid(argument);
            complement = LaneMath.Sigmoid(TLanes.Broadcast(0) - argument);
            TLanes density = probability * complement * TLanes.MultiplyAdd(TLanes.Broadcast(3), square, one);
            slope = TLanes.Broadcast(-0.5f * Slope) * z * density;
            return probability;
        }
    }

    private readonly partial struct Forward(
        Tensor output, Tensor noise, Tensor latents, Tensor constants, Tensor rows, Tensor loss) : IDeviceWork;
}
