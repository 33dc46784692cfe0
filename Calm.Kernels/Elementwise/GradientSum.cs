using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Hands a finished gradient on to an input: without a copy where the input has none yet, else by addition.
/// </summary>
internal static unsafe partial class GradientSum
{
    private const string Op = nameof(GradientSum);

    /// <summary>Gives <paramref name="input"/> the gradient factor * <paramref name="gradient"/>.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="input">Requires a gradient.</param>
    /// <param name="gradient">As many elements as the input. Nobody may read it afterwards.</param>
    /// <param name="factor">A scalar; null for 1.</param>
    public static void Give(Tape tape, Tensor input, Tensor gradient, Tensor? factor = null)
    {
        bool isAdopted = input.TryAdoptGradient(gradient);
        if (isAdopted && IsOne(tape, factor))
        {
            return;
        }

        // With a factor, gradient is something saved: it is read, and written if it is adopted.
        tape.Device.Profiler?.Count(0, isAdopted ? 2.0 * gradient.Count * Tensor.ElementSize : 0);
        GradientTarget target = isAdopted
            ? new GradientTarget(gradient, Accumulate: false)
            : tape.TargetFor(input, reads: factor is not null);
        if (tape.Device is HostDevice host)
        {
            Chunks chunks = Chunks.Of(gradient.Count, 1);
            host.Team.Run(chunks.Count, new Job(
                gradient.Pointer, factor is null ? 1 : *factor.Pointer, target.Tensor.Pointer, target.Accumulate,
                chunks));
        }
        else
        {
            bool done = false;
            GiveOnDevice(gradient, factor, target, ref done);
            Check.Done(Op, tape.Device, done);
        }
    }

    // A device's factor is not waited for.
    private static bool IsOne(Tape tape, Tensor? factor) => factor is null || (tape.Device is HostDevice && *factor.Pointer == 1);

    static partial void GiveOnDevice(Tensor gradient, Tensor? factor, GradientTarget target, ref bool done);

    /// <summary>target (+)= factor * source; the two may be the same.</summary>
    private readonly struct Job(float* source, float factor, float* target, bool accumulate, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long start = chunks.Start(chunk);
            long end = chunks.End(chunk);
            long whole = start + ((end - start) & -TLanes.Count);
            Scale<TLanes>(start, whole);
            Scale<Lanes1>(whole, end);
        }

        private void Scale<TLanes>(long start, long end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes scale = TLanes.Broadcast(factor);
            for (long i = start; i < end; i += TLanes.Count)
            {
                TLanes value = scale * TLanes.Load(source + i);
                if (accumulate)
                {
                    value += TLanes.Load(target + i);
                }

                value.Store(target + i);
            }
        }
    }
}
