using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over pieces.</content>
public static unsafe partial class AdamW
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host) => host.Team.Run(ranges.Count, new Job(
            ranges.Table.IntegerPointer, values.Pointer, gradients.Pointer, firstMoments.Pointer, secondMoments.Pointer,
            coefficients));
    }

    private readonly struct Job(
        int* table, float* values, float* gradients, float* firstMoments, float* secondMoments, Coefficients k)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            (int start, int count, bool decays) = ParameterRanges.Read(table, chunk);
            int whole = start + RowMath.WholeRegisters<TLanes>(count);
            Update<TLanes>(start, whole, decays);
            Update<Lanes1>(whole, start + count, decays);
        }

        private void Update<TLanes>(int start, int end, bool decays) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes keep = TLanes.Broadcast(decays ? k.Keep : 1);
            TLanes factor = TLanes.Broadcast(k.GradientFactor);
            TLanes beta1 = TLanes.Broadcast(k.Beta1);
            TLanes newPart1 = TLanes.Broadcast(k.OneMinusBeta1);
            TLanes beta2 = TLanes.Broadcast(k.Beta2);
            TLanes newPart2 = TLanes.Broadcast(k.OneMinusBeta2);
            TLanes minusStep = TLanes.Broadcast(-k.StepSize);
            TLanes correction = TLanes.Broadcast(k.RootCorrection);
            TLanes epsilon = TLanes.Broadcast(k.Epsilon);
            for (int i = start; i < end; i += TLanes.Count)
            {
                TLanes g = TLanes.Load(gradients + i) * factor;
                TLanes m = TLanes.MultiplyAdd(TLanes.Load(firstMoments + i), beta1, g * newPart1);
                TLanes v = TLanes.MultiplyAdd(TLanes.Load(secondMoments + i), beta2, g * g * newPart2);
                TLanes root = TLanes.MultiplyAdd(TLanes.Sqrt(v), correction, epsilon);
                m.Store(firstMoments + i);
                v.Store(secondMoments + i);
                TLanes.MultiplyAdd(m / root, minusStep, TLanes.Load(values + i) * keep).Store(values + i);
            }
        }
    }
}
