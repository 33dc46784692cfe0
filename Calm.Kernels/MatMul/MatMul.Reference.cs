namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class MatMul
{
    internal static double[] Reference(
        double[] a, double[] b, int rows, int columns, int depth, bool transposeA, bool transposeB)
    {
        double[] c = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int k = 0; k < depth; k++)
                {
                    double left = a[transposeA ? k * rows + i : i * depth + k];
                    double right = b[transposeB ? j * depth + k : k * columns + j];
                    c[i * columns + j] += left * right;
                }
            }
        }

        return c;
    }
}
