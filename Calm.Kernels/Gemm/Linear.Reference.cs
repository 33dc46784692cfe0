namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class Linear
{
    internal static double[] Reference(double[] x, double[] weight, int inputs, double[]? bias, double[]? residual)
    {
        int outputs = weight.Length / inputs;
        int rows = x.Length / inputs;
        double[] y = new double[rows * outputs];
        for (int row = 0; row < rows; row++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = (bias?[o] ?? 0) + (residual?[row * outputs + o] ?? 0);
                for (int i = 0; i < inputs; i++)
                {
                    sum += x[row * inputs + i] * weight[o * inputs + i];
                }

                y[row * outputs + o] = sum;
            }
        }

        return y;
    }
}
