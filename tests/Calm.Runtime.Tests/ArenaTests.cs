namespace Calm.Runtime.Tests;

/// <summary>Memory of devices that give it in pieces of limited size.</summary>
public sealed class ArenaTests
{
    private const long Block = 1 << 20;

    [Fact]
    public void Blocks_stay_within_the_device_and_steps_find_the_same_places()
    {
        using HostDevice host = new(1) { LargestBlock = Block };
        using Arena arena = new(host, "step");
        List<(Storage, long)[]> steps = [];
        List<long> allocated = [];
        for (int step = 0; step < 5; step++)
        {
            steps.Add([.. Rent(arena).Select(tensor => (tensor.Storage, tensor.Offset))]);
            Assert.All(steps[^1], place => Assert.InRange(place.Item1.ByteCount, 1, Block));
            arena.Reset();
            allocated.Add(host.AllocatedBytes);
        }

        Assert.True(arena.Capacity > 3 * Block);
        Assert.All(steps[1..], places => Assert.Equal(steps[1], places));
        Assert.All(allocated[1..], bytes => Assert.Equal(allocated[1], bytes));
    }

    [Fact]
    public void What_fits_into_one_block_becomes_one()
    {
        using HostDevice host = new(1) { LargestBlock = 16 * Block };
        using Arena arena = new(host, "step");
        Rent(arena);
        arena.Reset();
        Assert.Single(Rent(arena).Select(tensor => tensor.Storage).Distinct());
    }

    /// <summary>A tensor of bfloat16 takes half the bytes on a device, and so may have twice the elements.</summary>
    [Fact]
    public void Bytes_count_rather_than_elements()
    {
        using IlgpuDevice gpu = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.Cuda);
        gpu.LargestBlock = Block;
        using Arena arena = new(gpu, "step");
        Shape most = new((int)Block / sizeof(ushort));
        Assert.Equal(Block, arena.Rent(most, "halves", ElementType.BFloat16).ByteCount);
        string line = Assert.Throws<OutOfDeviceMemoryException>(() => arena.Rent(most, "floats")).Message;
        Assert.Contains("524288 elements, 2.1 MB", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_larger_than_a_block_is_refused_with_both_numbers()
    {
        using HostDevice host = new(1) { LargestBlock = Block + 63 };
        using Arena arena = new(host, "step");
        Assert.Equal(Block, arena.Rent(new Shape(1 << 18), "whole").Count * Tensor.ElementSize);
        string line = Assert.Throws<OutOfDeviceMemoryException>(() => arena.Rent(new Shape(2, 1 << 18), "logits")).Message;
        Assert.Equal(
            "logits: a tensor of shape [2, 262144] has 524288 elements, 2.1 MB, and host gives at most 1.0 MB in one piece; "
            + "use a smaller batch.",
            line);
        Assert.EndsWith(
            "in one piece; the model needs a larger device, or must be smaller.",
            Assert.Throws<OutOfDeviceMemoryException>(() => host.Persistent.Rent(new Shape(2, 1 << 18), "parameters")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_to_do_in_a_case_replaces_what_to_do_in_general()
    {
        OutOfDeviceMemoryException failure = new("logits: 2 MB and at most 1", "use a smaller batch");
        Assert.Equal("logits: 2 MB and at most 1; use a smaller batch.", failure.Message);
        Assert.Equal("logits: 2 MB and at most 1. Take one. Or none.", failure.With("Take one.").With("Or none.").Message);
    }

    [Theory]
    [InlineData(32768, 65535)]
    [InlineData(2147483647, 1)]
    [InlineData(2147483647, 0)]
    [InlineData(65536, 65536)]
    public void More_elements_than_kernels_count_are_refused(int rows, int columns)
    {
        using HostDevice host = new(1);
        using Arena arena = new(host, "step");
        Shape shape = new(rows, columns);
        string line = Assert.Throws<OutOfDeviceMemoryException>(() => arena.Rent(shape, "logits")).Message;
        Assert.Equal(
            $"logits: a tensor of shape {shape} has {Math.Max(shape.Rows, shape.Count)} elements, and no device indexes more "
            + "than 2147418112; use a smaller batch.",
            line);
        Assert.Equal(0, host.AllocatedBytes);
    }

    private static Tensor[] Rent(Arena arena) =>
        [.. Enumerable.Range(0, 40).Select(i => arena.Rent(new Shape(1000, 1 + i), "test"))];
}
