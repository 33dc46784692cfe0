namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class VocabularyArgMax
{
    internal static double[] Reference(double[] hidden, double[] embedding, int width)
    {
        double[] ids = new double[hidden.Length / width];
        for (int row = 0; row < ids.Length; row++)
        {
            double best = double.NegativeInfinity;
            for (int v = 0; v < embedding.Length / width; v++)
            {
                double logit = 0;
                for (int i = 0; i < width; i++)
                {
                    logit += hidden[row * width + i] * embedding[v * width + i];
                }

                if (logit > best)
                {
                    (best, ids[row]) = (logit, v);
                }
            }
        }

        return ids;
    }
}
