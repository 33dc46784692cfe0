using Calm.Runtime;

namespace Calm.Kernels;

/// <content>Which forward kernel a device runs: by its family, its precision and the size of a head.</content>
public static partial class CausalAttention
{
    /// <summary>A form of the kernels.</summary>
    private enum KernelShape
    {
        /// <summary>Lanes of work items: CPUs, and heads that the others have no room for.</summary>
        Direct,

        /// <summary>Tiles for heads of up to 16 components, and so on.</summary>
        HeadSize16,

        HeadSize32,

        HeadSize64,

        HeadSize128,

        EmulatedHeadSize32,
    }

    static partial void ForwardOnDevice(
        Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp, ref bool done)
    {
        done = true;
        if (y.Count == 0)
        {
            return;
        }

        if (UsesTensorCores(y.Gpu(), sizes))
        {
            ForwardOnTensorCores(q, k, v, sizes, y, logSumExp);
            return;
        }

        switch (ShapeFor(y.Gpu(), sizes.HeadSize))
        {
            case KernelShape.HeadSize16:
                ForwardTiled<HeadSize16>(q, k, v, sizes, y, logSumExp);
                break;
            case KernelShape.HeadSize32:
                ForwardTiled<HeadSize32>(q, k, v, sizes, y, logSumExp);
                break;
            case KernelShape.HeadSize64:
                ForwardTiled<HeadSize64>(q, k, v, sizes, y, logSumExp);
                break;
            case KernelShape.HeadSize128:
                ForwardTiled<HeadSize128>(q, k, v, sizes, y, logSumExp);
                break;
            case KernelShape.EmulatedHeadSize32:
                ForwardTiled<EmulatedHeadSize32>(q, k, v, sizes, y, logSumExp);
                break;
            default:
                ForwardDirect(tape, q, k, v, sizes, y, logSumExp);
                break;
        }
    }

    private static KernelShape ShapeFor(IlgpuDevice gpu, int headSize) => headSize switch
    {
        _ when gpu.Family == KernelFamily.Direct => KernelShape.Direct,
        <= 32 when gpu.HasSmallGroups => KernelShape.EmulatedHeadSize32,
        _ when gpu.HasSmallGroups => KernelShape.Direct,
        <= 16 => KernelShape.HeadSize16,
        <= 32 => KernelShape.HeadSize32,
        <= 64 => KernelShape.HeadSize64,
        <= 128 => KernelShape.HeadSize128,
        _ => KernelShape.Direct,
    };
}
