using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>Kernels find their tensors at the end of memory that is larger than 32 bits count.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class LargeArenaTests(TestDevices devices)
{
    private const long Arena9Gb = 9_000_000_000;
    private const int Count = 1000;

    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    /// <summary>Only the last tensors are ever touched: systems that lend memory at its first use lend a few pages.</summary>
    [LargeTheory]
    [MemberData(nameof(Devices))]
    public void The_last_tensor_of_nine_gigabytes_is_written_and_read(string deviceName)
    {
        Device device = devices[deviceName];
        using Tape tape = new(device, recording: false);
        long most = Math.Min(Tensor.MostElements, device.LargestBlock / Tensor.ElementSize);
        Tensor filler = tape.Rent(new Shape((int)most), "filler");
        CheckGelu(tape, filler.Slice(most - Count, new Shape(Count)));
        while (tape.Capacity < Arena9Gb)
        {
            tape.Rent(new Shape((int)Math.Min(most, 1 << 28)), "filler");
        }

        CheckGelu(tape, tape.Rent(new Shape(Count), "last"));
    }

    private static void CheckGelu(Tape tape, Tensor x)
    {
        float[] values = [.. Enumerable.Range(0, Count).Select(i => i * 0.01f - 5)];
        using HostDevice host = new(1);
        using Tape small = new(host, recording: false);
        x.CopyFrom(values);
        Assert.Equal(values, x.ToArray());
        Assert.Equal(
            Gelu.Apply(small, small.From(values, x.Shape)).ToArray(), Gelu.Apply(tape, x).ToArray(),
            (want, got) => MathF.Abs(want - got) < 1e-5f);
    }
}
