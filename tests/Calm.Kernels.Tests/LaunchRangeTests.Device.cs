using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Names of ops around launches, as NVIDIA's profilers get them.</summary>
public sealed unsafe class LaunchRangeTests
{
    private static readonly List<string> Calls = [];

    [Fact]
    [Trait("tier", "emulator")]
    public void Each_launch_has_the_name_of_its_op_and_direction()
    {
        Calls.Clear();
        using var device = (IlgpuDevice)DeviceList.Open("emulated");
        device.Ranges = new LaunchRanges(&Push, &Pop);
        using Tape tape = new(device);
        Tensor x = tape.Rent(new Shape(2, 3), "test");
        x.RequiresGradient = true;
        Tensor y = RmsNorm.Apply(tape, x, tape.Rent(new Shape(3), "test"));
        Assert.Equal(["RmsNorm.forward", "end"], Calls);
        y.SetGradient(tape.Rent(y.Shape, "test"));
        Calls.Clear();
        tape.Backward();
        Assert.Equal("RmsNorm.backward", Calls[0]);
        Assert.Equal(Calls.Count(call => call == "end"), Calls.Count(call => call == "RmsNorm.backward"));
    }

    [UnmanagedCallersOnly]
    private static int Push(byte* name)
    {
        Calls.Add(Marshal.PtrToStringUTF8((nint)name)!);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Pop()
    {
        Calls.Add("end");
        return 0;
    }
}
