using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's part: the loop over positions, then the mean in the order of positions.</content>
public static partial class EnergyScore
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Loop(-1f / sizes.Positions, 2f / sizes.Positions).Run(host);

            // In double: 50 000 positions in float would lose three digits.
            ReadOnlySpan<float> spread = terms.Span[..sizes.Positions];
            ReadOnlySpan<float> fit = terms.Span[sizes.Positions..];
            double sum = 0;
            for (int position = 0; position < sizes.Positions; position++)
            {
                sum += 2.0 * fit[position] - spread[position];
            }

            loss.Span[0] = (float)(sum / sizes.Positions);
        }
    }
}
