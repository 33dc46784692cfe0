namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class AdamW
{
    internal static double[][] Reference(
        double[] values, double[] gradients, double[] firstMoments, double[] secondMoments, Func<int, bool> decays,
        Options o, double learningRate, int step)
    {
        double[] p = [.. values];
        double[] m = [.. firstMoments];
        double[] v = [.. secondMoments];
        for (int i = 0; i < p.Length; i++)
        {
            double g = gradients[i];
            p[i] *= decays(i) ? 1 - learningRate * o.WeightDecay : 1;
            m[i] = o.Beta1 * m[i] + (1 - o.Beta1) * g;
            v[i] = o.Beta2 * v[i] + (1 - o.Beta2) * g * g;
            double root = Math.Sqrt(v[i]) / Math.Sqrt(1 - Math.Pow(o.Beta2, step));
            p[i] -= learningRate / (1 - Math.Pow(o.Beta1, step)) * m[i] / (root + o.Epsilon);
        }

        return [p, m, v];
    }
}
