using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Adam with decoupled weight decay, over flat arrays. At step t, for every element with gradient g:
/// p *= 1 - lr * decay; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
/// p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon).
/// Source: Loshchilov and Hutter 2017, arXiv:1711.05101, algorithm 2.
/// </summary>
public static partial class AdamW
{
    private const string Op = nameof(AdamW);

    /// <summary>Constants of a run.</summary>
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
    /// <param name="ranges">The parts to go through, with or without decay.</param>
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
        values.Device.BeginOp(
            Op, ProfileDirection.Forward, values, values, gradients, firstMoments, firstMoments, secondMoments, secondMoments);
        values.Device.Run(new Forward(
            values, gradients, firstMoments, secondMoments, ranges,
            Coefficients.Of(options, learningRate, step, gradientFactor)));
    }

    private readonly partial struct Forward(
        Tensor values, Tensor gradients, Tensor firstMoments, Tensor secondMoments, ParameterRanges ranges,
        Coefficients coefficients) : IDeviceWork;

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
}
