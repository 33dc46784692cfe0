namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class ConditionedLinear
{
    internal static double[] Reference(
        double[] x, double[] condition, double[] weight, double[]? bias, int draws, int inputs, int conditions)
    {
        int width = inputs + conditions;
        int outputs = weight.Length / width;
        int rows = x.Length / inputs;
        double[] y = new double[rows * outputs];
        for (int row = 0; row < rows; row++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = bias?[o] ?? 0;
                for (int i = 0; i < width; i++)
                {
                    double input = i < inputs
                        ? x[row * inputs + i]
                        : condition[row / draws * conditions + i - inputs];
                    sum += input * weight[o * width + i];
                }

                y[row * outputs + o] = sum;
            }
        }

        return y;
    }
}
