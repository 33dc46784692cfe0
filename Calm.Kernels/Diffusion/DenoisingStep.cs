using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// One step of the reverse process of a diffusion model with learned variances: with [e, v] = output,
/// y = keep * x + clamp(gain * x + remove * e, bound) + temperature * exp(logVariance / 2) * noise. logVariance lies at
/// w = (v + 1) / 2 between logMin and logMax. The clamped part is the latent's share of the mean. No gradient.
/// Source: Nichol and Dhariwal 2021, arXiv:2102.09672, equations 9 and 15.
/// </summary>
public static partial class DenoisingStep
{
    private const string Op = nameof(DenoisingStep);

    /// <summary>Takes the step.</summary>
    /// <param name="tape">The step of a computation it belongs to.</param>
    /// <param name="output">The model's estimate of the noise in x, and the place of the variance, [R, 2 L].</param>
    /// <param name="x">[R, L].</param>
    /// <param name="noise">Standard normal, [R, W]: used are the L columns from <paramref name="first"/> on.</param>
    /// <param name="first">The first column of the noise.</param>
    /// <param name="step">The step's constants.</param>
    /// <returns>y, [R, L].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor output, Tensor x, Tensor noise, int first, ReverseStep step)
    {
        Check.Device(Op, tape, output, x, noise);
        Check.That(output.Rows == x.Rows, Op, "rows of output", output.Rows, $"{x.Rows}");
        Check.Columns(Op, nameof(output), output, 2 * x.Columns);
        Check.That(noise.Rows == x.Rows, Op, "rows of noise", noise.Rows, $"{x.Rows}");
        int last = first + x.Columns;
        Check.That(noise.Columns >= last, Op, "columns of noise", noise.Columns, $"at least {last}");
        Tensor y = tape.Rent(x.Shape, Op);
        tape.Device.Profiler?.Count(0, Tensor.ElementSize * (double)(y.Count - noise.Count)); // only these columns are read
        tape.Device.Run(new Forward(output, x, noise, first, step, y));
        return y;
    }

    /// <summary>An element, for loops and kernels alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Next<TLanes>(TLanes seen, TLanes variance, TLanes x, TLanes noise, ReverseStep step)
        where TLanes : unmanaged, IArithmetic<TLanes>
    {
        TLanes weight = TLanes.MultiplyAdd(variance, TLanes.Broadcast(0.5f), TLanes.Broadcast(0.5f));
        TLanes logVariance = TLanes.MultiplyAdd(
            weight, TLanes.Broadcast(step.LogMax - step.LogMin), TLanes.Broadcast(step.LogMin));
        TLanes deviation = TLanes.Broadcast(step.Temperature) * LaneMath.Exp(logVariance * TLanes.Broadcast(0.5f));
        TLanes share = TLanes.MultiplyAdd(TLanes.Broadcast(step.Gain), x, TLanes.Broadcast(step.Remove) * seen);
        share = TLanes.Max(TLanes.Broadcast(-step.Bound), TLanes.Min(TLanes.Broadcast(step.Bound), share));
        TLanes mean = TLanes.MultiplyAdd(TLanes.Broadcast(step.Keep), x, share);
        return TLanes.MultiplyAdd(deviation, noise, mean);
    }

    private readonly partial struct Forward(
        Tensor output, Tensor x, Tensor noise, int first, ReverseStep step, Tensor y) : IDeviceWork;
}
