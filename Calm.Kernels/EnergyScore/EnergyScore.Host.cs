using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's part: the loop over positions, then the mean in the order of positions.</content>
public static unsafe partial class EnergyScore
{
    private static void ForwardOnHost(
        HostDevice host, Tape tape, EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent, Tensor terms,
        Tensor loss, Tensor? gradient)
    {
        Tensor? dTerms = null;
        if (gradient is not null)
        {
            dTerms = tape.Rent(terms.Shape, Op);
            dTerms.Span[..sizes.Positions].Fill(-1f / sizes.Positions);
            dTerms.Span[sizes.Positions..].Fill(2f / sizes.Positions);
        }

        EnergyLoop.Run(
            host, sizes, draws, targets, exponent, terms, dTerms,
            gradient is null ? null : new GradientTarget(gradient, Accumulate: false));

        // In double: 50 000 positions in float would lose three digits.
        ReadOnlySpan<float> spread = terms.Span[..sizes.Positions];
        ReadOnlySpan<float> fit = terms.Span[sizes.Positions..];
        double sum = 0;
        for (int position = 0; position < sizes.Positions; position++)
        {
            sum += 2.0 * fit[position] - spread[position];
        }

        loss.Span[0] = (float)(sum / sizes.Positions);
    }

    private static void BackwardOnHost(HostDevice host, Tensor unit, Tensor dLoss, GradientTarget dDraws)
    {
        Chunks elements = Chunks.Of(unit.Count, 1);
        host.Team.Run(elements.Count, new ScaleJob(
            unit.Pointer, dLoss.Span[0], dDraws.Tensor.Pointer, dDraws.Accumulate, elements));
    }

    /// <summary>y (+)= factor * x; y may be x.</summary>
    private readonly struct ScaleJob(float* x, float factor, float* y, bool accumulate, Chunks elements) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long start = elements.Start(chunk);
            long end = elements.End(chunk);
            long whole = end - (end - start) % TLanes.Count;
            Scale<TLanes>(start, whole);
            Scale<Lanes1>(whole, end);
        }

        private void Scale<TLanes>(long start, long end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes scale = TLanes.Broadcast(factor);
            for (long i = start; i < end; i += TLanes.Count)
            {
                TLanes value = TLanes.Load(x + i) * scale;
                (accumulate ? value + TLanes.Load(y + i) : value).Store(y + i);
            }
        }
    }
}
