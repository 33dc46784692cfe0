using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Adam with decoupled weight decay, over flat arrays. At step t, for every element with gradient g:
/// p *= 1 - lr * decay; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
/// p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon).
/// Source: Loshchilov and Hutter 2017, arXiv:1711.05101, algorithm 2.
/// </summary>
public static unsafe partial class AdamW
{
    private const string Op = nameof(AdamW);

    /// <summary>What stays the same over a run.</summary>
    /// <param name="Beta1">b1.</param>
    /// <param name="Beta2">b2.</param>
    /// <param name="Epsilon">Added to the root of v.</param>
    /// <param name="WeightDecay">Applied to the parameters that decay.</param>
    public sealed record Options(
        double Beta1 = 0.9, double Beta2 = 0.95, double Epsilon = 1e-8, double WeightDecay = 0.1);

    /// <summary>Takes one step.</summary>
    /// <param name="values">p, the flat parameter array.</param>
    /// <param name="gradients">g, in the same layout.</param>
    /// <param name="firstMoments">m.</param>
    /// <param name="secondMoments">v.</param>
    /// <param name="ranges">Which parts to go through, and where decay applies.</param>
    /// <param name="options">Constants of the run.</param>
    /// <param name="learningRate">lr of this step.</param>
    /// <param name="step">t, from 1.</param>
    /// <param name="gradientFactor">Multiplies every gradient first: clipping.</param>
    public static void Step(
        Tensor values, Tensor gradients, Tensor firstMoments, Tensor secondMoments, ParameterRanges ranges,
        Options options, double learningRate, int step, double gradientFactor = 1)
    {
        Check.Shape(Op, nameof(gradients), gradients, values.Shape);
        Check.Shape(Op, nameof(firstMoments), firstMoments, values.Shape);
        Check.Shape(Op, nameof(secondMoments), secondMoments, values.Shape);
        Check.That(step >= 1, Op, nameof(step), step, "at least 1");

        // It reads all four and writes three of them.
        values.Device.Profiler?.BeginOp(
            Op, ProfileDirection.Forward, values, values, gradients, firstMoments, firstMoments, secondMoments, secondMoments);
        Coefficients coefficients = Coefficients.Of(options, learningRate, step, gradientFactor);
        if (values.Device is HostDevice host)
        {
            host.Team.Run(ranges.Count, new Job(
                ranges.Table.IntegerPointer, values.Pointer, gradients.Pointer, firstMoments.Pointer,
                secondMoments.Pointer, coefficients));
        }
        else
        {
            bool done = false;
            StepOnDevice(values, gradients, firstMoments, secondMoments, ranges, coefficients, ref done);
            Check.Done(Op, values.Device, done);
        }
    }

    /// <summary>The formula's factors of one step, rounded once.</summary>
    internal readonly record struct Coefficients(
        float Keep, float Beta1, float OneMinusBeta1, float Beta2, float OneMinusBeta2, float StepSize,
        float RootCorrection, float Epsilon, float GradientFactor)
    {
        public static Coefficients Of(Options o, double learningRate, int step, double gradientFactor) => new(
            (float)(1 - learningRate * o.WeightDecay),
            (float)o.Beta1,
            (float)(1 - o.Beta1),
            (float)o.Beta2,
            (float)(1 - o.Beta2),
            (float)(learningRate / (1 - Math.Pow(o.Beta1, step))),
            (float)(1 / Math.Sqrt(1 - Math.Pow(o.Beta2, step))),
            (float)o.Epsilon,
            (float)gradientFactor);
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

    static partial void StepOnDevice(
        Tensor values, Tensor gradients, Tensor firstMoments, Tensor secondMoments, ParameterRanges ranges,
        Coefficients coefficients, ref bool done);
}
