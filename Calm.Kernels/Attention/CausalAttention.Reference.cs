namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class CausalAttention
{
    internal static double[] Reference(double[] q, double[] k, double[] v, AttentionSizes sizes)
    {
        (int batches, int queries, int keys, int queryHeads, int keyValueHeads, int headSize, int start) = sizes;
        double[] y = new double[q.Length];
        double[] weight = new double[keys];
        for (int batch = 0; batch < batches; batch++)
        {
            for (int head = 0; head < queryHeads; head++)
            {
                for (int i = 0; i < queries; i++)
                {
                    int sharedHead = head / (queryHeads / keyValueHeads);
                    int query = ((batch * queries + i) * queryHeads + head) * headSize;
                    int Key(int j) => ((batch * keys + j) * keyValueHeads + sharedHead) * headSize;

                    double sum = 0;
                    for (int j = 0; j <= start + i; j++)
                    {
                        double score = 0;
                        for (int c = 0; c < headSize; c++)
                        {
                            score += q[query + c] * k[Key(j) + c] / Math.Sqrt(headSize);
                        }

                        weight[j] = Math.Exp(score);
                        sum += weight[j];
                    }

                    for (int j = 0; j <= start + i; j++)
                    {
                        for (int c = 0; c < headSize; c++)
                        {
                            y[query + c] += weight[j] / sum * v[Key(j) + c];
                        }
                    }
                }
            }
        }

        return y;
    }
}
