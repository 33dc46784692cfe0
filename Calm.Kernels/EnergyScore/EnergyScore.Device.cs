using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The device's part: the loop over positions, then the mean in a fixed order.</content>
public static partial class EnergyScore
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            Loop(-1.0 / sizes.Positions, 2.0 / sizes.Positions).Run(gpu);
            ScalarSum.Run(gpu, terms, sizes.Positions, -1f / sizes.Positions, 2f / sizes.Positions, loss);
        }
    }
}
