namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class VocabularyCrossEntropy
{
    internal static double Reference(double[] hidden, double[] embedding, double[] targets, int width, double scale)
    {
        int vocabulary = embedding.Length / width;
        double sum = 0;
        int live = 0;
        double[] z = new double[vocabulary];
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] == -100)
            {
                continue;
            }

            for (int v = 0; v < vocabulary; v++)
            {
                z[v] = 0;
                for (int i = 0; i < width; i++)
                {
                    z[v] += hidden[row * width + i] * embedding[v * width + i];
                }
            }

            double max = z.Max();
            sum += max + Math.Log(z.Sum(logit => Math.Exp(logit - max))) - z[(int)targets[row]];
            live++;
        }

        return live == 0 ? 0 : scale * sum / live;
    }
}
