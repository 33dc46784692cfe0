using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>
/// The groups of four warps that GPUs run, on an emulator of 128 threads: the one of the other tests has a warp, whose threads
/// copy other chunks.
/// </summary>
[Trait("tier", "emulator")]
public sealed class FourWarpsTests
{
    [Fact]
    public void Products_are_those_of_one_warp()
    {
        const int rows = 130;
        const int columns = 129;
        const int depth = 100;
        Assert.Equal(Multiply(DeviceList.Open("emulated")), Multiply(Emulated()));

        static float[] Multiply(Device device)
        {
            using (device)
            {
                using Tape tape = new(device);
                IlgpuDevice gpu = (IlgpuDevice)device;
                Tensor a = tape.From(RoundedAttention.Normal(1, rows * depth), new Shape(rows, depth));
                Tensor b = tape.From(RoundedAttention.Normal(2, columns * depth), new Shape(columns, depth));
                Tensor c = tape.Rent(new Shape(rows, columns), "c");
                TensorGemm.Multiply(gpu, new DeviceProduct(
                    rows, columns, depth, DeviceMatrix.Of(a), DeviceMatrix.TransposeOf(b), DeviceMatrix.Of(c),
                    Accumulate: false, default));
                return c.ToArray();
            }
        }
    }

    [Fact]
    public void Attention_is_that_of_rounded_operands()
    {
        using IlgpuDevice gpu = Emulated();
        gpu.Precision = Precision.BFloat16;
        RoundedAttention.Check(gpu, new AttentionSizes(1, 66, 66, 1, 1, 64, 0), tolerance: 1.0 / 128);
    }

    private static IlgpuDevice Emulated() =>
        IlgpuDevice.Emulating(new GroupLimits(4 * TensorCore.WarpSize, GroupLimits.Cuda.SharedBytes));
}
