namespace Calm.Kernels;

/// <content>The definition.</content>
public static partial class TokenDropout
{
    internal static double[] Reference(double[] ids, double[] uniforms, double probability)
    {
        double[] kept = new double[ids.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = uniforms[i] > probability ? ids[i] : 0;
        }

        return kept;
    }
}
