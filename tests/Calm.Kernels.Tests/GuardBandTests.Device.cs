using Calm.Runtime;
using Calm.Tests;
using ILGPU;

namespace Calm.Kernels.Tests;

/// <summary>The same on ILGPU's devices, with kernels that are wrong.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class GuardBandDeviceTests(TestDevices devices)
{
    public static TheoryData<string> Devices => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_kernel_that_writes_outside_is_named(string name)
    {
        CaseResult failure = Assert.Single(Check(name, extra: 3), result => !result.Passed);
        Assert.Equal(CaseCheck.Bounds, failure.Check);
        Assert.Equal("Planted [5] 3 elements written behind the end of Planted [5], the nearest 1 away", failure.Name);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void An_element_that_no_thread_writes_is_no_number(string name) =>
        Assert.Contains(Check(name, extra: -1), r => r.Check == CaseCheck.Difference && double.IsNaN(r.Error));

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_sound_kernel_passes(string name) => Assert.All(Check(name, extra: 0), r => Assert.True(r.Passed, r.Name));

    private IReadOnlyList<CaseResult> Check(string name, int extra)
    {
        IlgpuDevice gpu = (IlgpuDevice)devices[name];
        return CaseRunner.Check(GuardBandTests.PlantedCase(y =>
        {
            int count = checked((int)y.Count) + extra;

            // Beyond the tensor but within its block, which a kernel on a GPU can do with any view.
            ArrayView<byte> block = ((IlgpuStorage)y.Storage).Bytes;
            ArrayView<float> open = block.SubView(y.Offset, 16 * sizeof(float)).Cast<float>();
            gpu.Launch(new KernelConfig(1, 16), new OnesKernel(open, count));
        }), gpu);
    }

    internal readonly struct OnesKernel(ArrayView<float> y, int count) : IKernel
    {
        public void Run()
        {
            if (Grid.GlobalIndex.X < count)
            {
                y[Grid.GlobalIndex.X] = 1;
            }
        }
    }
}
