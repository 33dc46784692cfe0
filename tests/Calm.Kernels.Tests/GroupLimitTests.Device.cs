using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>Devices with little shared memory and small groups run every op, or say in a line why not.</summary>
[Collection("devices")]
[Trait("tier", "emulator")] // once, not with every instruction set of the host
public sealed class GroupLimitTests(TestDevices devices)
{
    // The ops whose kernels have other forms for small groups; the rest differ by the group's size alone.
    private static readonly string[] OpsWithForms =
        ["CausalAttention", "Embedding", "EnergyScore", "Linear", "MatMul", "RmsNorm", "VocabularyArgMax"];

    private const int MostEmulatedElements = 700;

    public static TheoryData<int, int, DeviceKind, Precision> Limits() => new()
    {
        // Threads, KB of shared memory.
        { 64, 32, DeviceKind.OpenCl, Precision.Float32 },
        { 64, 48, DeviceKind.Cuda, Precision.BFloat16 },
        { 128, 32, DeviceKind.Cuda, Precision.BFloat16 },
        { 256, 32, DeviceKind.OpenCl, Precision.Float32 },
        { 1024, 48, DeviceKind.Cuda, Precision.BFloat16 },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Every_op_has_a_form(int threads, int kilobytes, DeviceKind kind, Precision precision) =>
        Assert.Equal(
            [], OpSupport.Check(KernelFamily.Tiled, kind, new GroupLimits(threads, kilobytes << 10), precision, OpCases.Find()));

    [Fact]
    public void Every_op_of_a_CPU_has_a_form() =>
        Assert.Equal(
            [],
            OpSupport.Check(KernelFamily.Direct, DeviceKind.OpenCl, GroupLimits.Least, Precision.Float32, OpCases.Find()));

    [Fact]
    public void Ops_that_do_not_fit_are_named_with_their_need()
    {
        OpCase[] cases = [.. OpCases.Find().Where(c => c.Op is "Linear" or "Relu" or "RmsNorm")];
        var little = OpSupport.Check(
            KernelFamily.Tiled, DeviceKind.OpenCl, new GroupLimits(64, 8 << 10), Precision.Float32, cases);
        (string op, string reason) = Assert.Single(little);
        Assert.Equal("Linear", op);
        Assert.Contains(" B of shared memory a group", reason, StringComparison.Ordinal);
        var narrow = OpSupport.Check(
            KernelFamily.Tiled, DeviceKind.OpenCl, new GroupLimits(8, 32 << 10), Precision.Float32, cases);
        Assert.Equal(["Linear", "Relu", "RmsNorm"], narrow.Select(missing => missing.Op));
        Assert.All(narrow, missing => Assert.Contains(
            ": needs groups of 16 threads, recording OpenCl has at most 8; use another device", missing.Reason,
            StringComparison.Ordinal));
    }

    /// <summary>The large tiles of a gradient by rows are a case of their own, which only a large product reaches.</summary>
    [Fact]
    public void Cases_reach_the_large_tiles_in_every_layout()
    {
        using IlgpuDevice device = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.OpenCl);
        foreach (OpCase c in OpCases.Find().Where(c => c.Op is "Linear" or "MatMul"))
        {
            KernelSources.Run(c, device);
        }

        string[] names = [.. device.TakeRecorded().Select(kernel => kernel.Name)];
        string[] layouts = ["ElementRows, StepRows", "ElementRows, ElementRows", "StepRows, StepRows"];
        Assert.All(
            layouts, layout => Assert.Contains($"TiledGemm.TilesKernel<Side16, ThreadTile8, {layout}>", names));
    }

    /// <summary>On real groups of 64: those of a device, or of an emulator that has them.</summary>
    [Theory]
    [MemberData(nameof(DevicesAndOps))]
    public void Small_groups_agree_with_the_definition(string deviceName, string op)
    {
        using IlgpuDevice? emulator = deviceName == "emulated" ? IlgpuDevice.Emulating(GroupLimits.Least) : null;
        IlgpuDevice gpu = emulator ?? (IlgpuDevice)devices[deviceName];
        GroupLimits own = gpu.Limits;
        gpu.Limits = GroupLimits.Least;
        OpCase[] cases =
        [
            .. OpCases.Find().Where(c =>
                c.Op == op && (emulator is null || c.Inputs.Sum(input => input.Shape.Count) < MostEmulatedElements)),
        ];
        Assert.NotEmpty(cases);
        string[] failures =
        [
            .. cases.SelectMany(c => CaseRunner.Check(c, gpu)).Where(r => !r.Passed)
                .Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"),
        ];
        gpu.Limits = own;
        Assert.Equal([], failures);
    }

    public static TheoryData<string, string> DevicesAndOps()
    {
        TheoryData<string, string> data = [];
        foreach (string device in TestDevices.Names)
        {
            foreach (string op in OpsWithForms)
            {
                data.Add(device, op);
            }
        }

        return data;
    }
}
