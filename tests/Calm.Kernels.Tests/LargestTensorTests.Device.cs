using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>A test of the largest tensors, which is skipped where the system lends no memory that nobody touches.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LargeTheoryAttribute : TheoryAttribute
{
    public unsafe LargeTheoryAttribute()
    {
        try
        {
            NativeMemory.Free(NativeMemory.Alloc((nuint)Tensor.MostElements, Tensor.ElementSize));
        }
        catch (OutOfMemoryException)
        {
            Skip = "the system gives no 8.6 GB in one piece, even untouched; more memory, or vm.overcommit_memory=1, does";
        }
    }
}

/// <summary>The indices of kernels are right up to the last element of the largest tensor.</summary>
[Collection("devices")]
[Trait("tier", "emulator")] // once, not with every instruction set of the host
public sealed class LargestTensorTests
{
    private const int Tail = 3;

    // The elements that the last groups have computed for certain.
    private const int Compared = 60;

    /// <summary>An op on rows that do not depend on each other.</summary>
    /// <param name="Rows">Sizes of a row of each input.</param>
    /// <param name="Shared">Inputs that all rows share.</param>
    /// <param name="Run">The op.</param>
    private sealed record RowOp(int[][] Rows, Shape[] Shared, Func<Tape, Tensor[], Tensor> Run)
    {
        /// <summary>Elements of the largest row, inputs and output.</summary>
        public int Largest { get; init; } = Rows.Max(Product);

        /// <summary>Whether gradients are computed without touching all memory, as those of a part are not.</summary>
        public bool Differentiates { get; init; } = true;
    }

    private static readonly Dictionary<string, RowOp> Ops = new()
    {
        ["Gelu"] = new([[1023]], [], (tape, x) => Gelu.Apply(tape, x[0])),
        ["Add"] = new([[1023], [1023]], [], (tape, x) => Add.Apply(tape, x[0], x[1])),
        ["Add a row"] = new([[1023]], [new Shape(1023)], (tape, x) => Add.Apply(tape, x[0], x[1])),
        ["SwiGlu"] = new([[1022]], [], (tape, x) => SwiGlu.Apply(tape, x[0])),
        ["RmsNorm"] = new([[1023]], [new Shape(1023)], (tape, x) => RmsNorm.Apply(tape, x[0], x[1])),
        ["LayerNorm"] = new([[511]], [], (tape, x) => LayerNorm.Apply(tape, x[0], null, null)),
        ["Softmax"] = new([[1023]], [], (tape, x) => Softmax.Apply(tape, x[0])),
        ["WeightedAdd"] = new([[1023], [1023]], [new Shape(1, 2)], (tape, x) => WeightedAdd.Apply(tape, x[0], x[1], x[2])),
        ["Reparameterise"] = new(
            [[255], [255], [255]], [], (tape, x) => Reparameterise.Apply(tape, x[0], x[1], x[2])),
        ["Dropout"] = new([[1023], [1023]], [], (tape, x) => Dropout.Apply(tape, x[0], 0.25f, x[1])),
        ["Slice"] = new([[1023]], [], (tape, x) => Slice.Apply(tape, x[0], ^1, 1, 1022)) { Differentiates = false },
        ["Concat"] = new([[3], [1020]], [], (tape, x) => Concat.Apply(tape, ^1, x)) { Largest = 1023 },
        ["Linear"] = new([[1023]], [new Shape(2, 1023)], (tape, x) => Linear.Apply(tape, x[0], x[1])),
        ["Linear, widening"] = new([[2]], [new Shape(511, 2)], (tape, x) => Linear.Apply(tape, x[0], x[1])) { Largest = 511 },
        ["CausalAttention"] = new([[5, 96]], [], (tape, x) => CausalAttention.Apply(tape, x[0], 4, 1)),
    };

    public static TheoryData<string> Names => [.. Ops.Keys];

    [LargeTheory]
    [MemberData(nameof(Names))]
    public void The_last_rows_are_those_of_a_small_tensor(string name)
    {
        RowOp op = Ops[name];
        using IlgpuDevice gpu = IlgpuDevice.Emulating(GroupLimits.Least);
        (float[] y, float[][] gradients) small = Apply(op, gpu, Tail);
        gpu.Probe = new LastGroups(gpu);
        (float[] y, float[][] gradients) large = Apply(op, gpu, Tensor.MostElements / op.Largest);
        Assert.Equal(small.y, large.y);
        Assert.Equal(small.gradients, large.gradients);
        Assert.Contains(small.y, element => element != 0);
    }

    [Theory]
    [InlineData(Tensor.MostElements, 1)]
    [InlineData(1, Tensor.MostElements)]
    [InlineData(46339, 46341)]
    public void A_grid_of_a_matrix_reaches_its_last_element_and_no_number_overflows(int rows, int columns)
    {
        using IlgpuDevice gpu = IlgpuDevice.Recording(KernelFamily.Tiled, DeviceKind.Cuda);
        var config = Launch.Matrix(gpu, rows, columns);
        (long x, long y, long z) = (config.GridDim.X, config.GridDim.Y, config.GridDim.Z);
        Assert.InRange(x * config.GroupDim.X, columns, int.MaxValue);
        Assert.InRange(y * z, rows, int.MaxValue);
        Assert.InRange(Math.Max(y, z), 1, 65535);
    }

    /// <summary>The result of the last rows and their gradients; of all that comes before only addresses exist.</summary>
    private static (float[] Y, float[][] Gradients) Apply(RowOp op, IlgpuDevice gpu, int rows)
    {
        using Tape tape = new(gpu);
        Tensor[] inputs =
        [
            .. op.Rows.Select((row, i) => LastRows(tape, rows, row, seed: i)),
            .. op.Shared.Select((shape, i) => tape.From(Values(shape.Count, 50 + i), shape)),
        ];
        foreach (Tensor input in inputs[..op.Rows.Length])
        {
            input.RequiresGradient = op.Differentiates;
        }

        Tensor y = op.Run(tape, inputs);
        int columns = (int)(y.Count / rows);
        y.SetGradient(LastRows(tape, rows, [columns], seed: 99).Reshape(y.Shape));
        tape.Backward();
        IEnumerable<Tensor> gradients = inputs[..op.Rows.Length].Select(input => input.Gradient).OfType<Tensor>();
        return (TailOf(y, rows), [.. gradients.Select(gradient => TailOf(gradient, rows))]);
    }

    private static Tensor LastRows(Tape tape, int rows, int[] row, int seed)
    {
        Tensor tensor = tape.Rent(new Shape([rows, .. row]), "large");
        float[] values = Values(Tail * Product(row), seed);
        tensor.Slice(tensor.Count - values.Length, new Shape(values.Length)).CopyFrom(values);
        return tensor;
    }

    private static float[] TailOf(Tensor tensor, int rows)
    {
        int count = (int)Math.Min(Compared, tensor.Count / rows * Tail);
        return tensor.Slice(tensor.Count - count, new Shape(count)).ToArray();
    }

    private static float[] Values(long count, int seed) =>
        [.. new CaseData((uint)seed + 1).Normal("x", new Shape((int)count)).Values.Select(value => (float)value)];

    private static int Product(int[] sizes) => sizes.Aggregate(1, (product, size) => product * size);
}
