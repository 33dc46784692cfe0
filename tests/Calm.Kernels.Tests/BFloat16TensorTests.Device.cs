using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>
/// Tensors of bfloat16: two bytes an element on devices, rounded floats on the host, and the same products of both. The emulator
/// has tensor cores.
/// </summary>
[Collection("devices")]
[Trait("tier", "emulator")]
public sealed class BFloat16TensorTests(TestDevices devices)
{
    private readonly IlgpuDevice _gpu = (IlgpuDevice)devices["emulated"];

    [Fact]
    public void Elements_are_rounded_and_take_two_bytes_on_devices()
    {
        float[] values = [1, -1.00390625f, 3.14159274f, 1e-40f, float.PositiveInfinity, float.NaN, 65537];
        float[] rounded = [.. values.Select(BFloat16.RoundToFloat)];
        using HostDevice host = new(1);
        foreach ((Device device, int size) in new (Device, int)[] { (host, 4), (_gpu, 2) })
        {
            using Tape tape = new(device);
            Tensor x = tape.Rent(new Shape(values.Length), "x", ElementType.BFloat16);
            x.CopyFrom(values);
            Assert.Equal(rounded, x.ToArray());
            Assert.Equal(rounded[3..5], x.Slice(3, new Shape(2)).ToArray());
            Assert.Equal(size * values.Length, x.ByteCount);
        }
    }

    [Fact]
    public void A_loop_or_kernel_for_floats_does_not_read_them_as_such()
    {
        using Tape tape = new(_gpu);
        Tensor x = tape.Rent(new Shape(2, 4), "x", ElementType.BFloat16);
        Tensor weight = tape.Rent(new Shape(4), "weight");
        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(() => RmsNorm.Apply(tape, x, weight));
        Assert.Contains("holds BFloat16", failure.Message, StringComparison.Ordinal);
        ArgumentException mixed = Assert.Throws<ArgumentException>(() => Add.Apply(tape, x, tape.Rent(new Shape(2, 4), "b")));
        Assert.Contains("BFloat16", mixed.Message, StringComparison.Ordinal);
    }

    /// <summary>Operands that lie in memory as tensor cores read them are not packed, and results are rounded in place.</summary>
    [Theory]
    [InlineData(128, 64, 32)] // packed as it lies, written by fours
    [InlineData(130, 64, 32)]
    [InlineData(128, 66, 48)] // by way of floats
    [InlineData(64, 64, 544)] // in slices of depth
    public void Products_have_the_bits_of_rounded_ones(int rows, int columns, int depth)
    {
        float[] a = RoundedAttention.Normal(1, rows * depth);
        float[] b = RoundedAttention.Normal(2, columns * depth);
        float[] sums = Multiply(ElementType.Float32, ElementType.Float32);
        Assert.Equal(sums, Multiply(ElementType.BFloat16, ElementType.Float32));
        Assert.Equal(sums.Select(BFloat16.RoundToFloat), Multiply(ElementType.BFloat16, ElementType.BFloat16));

        float[] Multiply(ElementType operands, ElementType result)
        {
            using Tape tape = new(_gpu);
            Tensor left = tape.Rent(new Shape(rows, depth), "a", operands);
            Tensor right = tape.Rent(new Shape(columns, depth), "b", operands);
            Tensor c = tape.Rent(new Shape(rows, columns), "c", result);
            left.CopyFrom(a);
            right.CopyFrom(b);
            TensorGemm.Multiply(_gpu, new DeviceProduct(
                rows, columns, depth, DeviceMatrix.Of(left), DeviceMatrix.TransposeOf(right), DeviceMatrix.Of(c),
                Accumulate: false));
            return c.ToArray();
        }
    }
}
