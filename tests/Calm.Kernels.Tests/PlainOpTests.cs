using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Drivers of plain ops with functions that no op of the house has; NaN and messages of plain ops.</summary>
public sealed class PlainOpTests
{
    [Fact]
    public void Maps_of_three_and_four_operands_and_sums_of_two_agree_with_their_definitions()
    {
        using HostDevice host = new(2);
        foreach (OpCase c in Cases())
        {
            Assert.Equal(
                [], CaseRunner.Check(c, host).Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
        }
    }

    [Fact]
    [Trait("tier", "emulator")]
    public void The_same_on_the_emulator()
    {
        using Device emulator = DeviceList.Open("emulated");
        foreach (OpCase c in Cases())
        {
            Assert.Equal(
                [], CaseRunner.Check(c, emulator).Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
        }
    }

    [Theory]
    [InlineData("host")]
    [InlineData("emulated")]
    [Trait("tier", "emulator")]
    public void Empty_tensors_pass_through_forward_and_backward(string name)
    {
        using Device device = DeviceList.Open(name, threads: 1);
        using Tape tape = new(device);
        Tensor x = tape.From([], new Shape(0, 3));
        x.RequiresGradient = true;
        Tensor y = Softmax.Apply(tape, Slice.Apply(tape, x, 1, 1, 2));
        tape.Backward(Sum.Apply(tape, y));
        Assert.Empty(y.ToArray());
        Assert.Empty(x.Gradient!.ToArray());
    }

    [Fact]
    public void A_missing_operand_is_refused()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Assert.Throws<ArgumentNullException>(() => Add.Apply(tape, tape.From([1f], new Shape(1)), null!));
    }

    [Fact]
    public void A_limit_that_is_not_finite_passes_nothing() =>
        Assert.False(new CaseResult("x", 1, double.PositiveInfinity).Passed);

    [Fact]
    public void A_nan_comes_out_of_every_plain_op()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.From([1, float.NaN, -1, 0], new Shape(1, 4));
        foreach (Tensor y in new[]
                 {
                     Relu.Apply(tape, x), Gelu.Apply(tape, x), Tanh.Apply(tape, x), Sigmoid.Apply(tape, x), Silu.Apply(tape, x),
                     Scale.Apply(tape, x, 2), Add.Apply(tape, x, x), Subtract.Apply(tape, x, x), Multiply.Apply(tape, x, x),
                 })
        {
            Assert.Equal([false, true, false, false], y.ToArray().Select(float.IsNaN));
        }

        Assert.All(Softmax.Apply(tape, x).ToArray(), value => Assert.Equal(float.NaN, value));
        Assert.All(LogSoftmax.Apply(tape, x).ToArray(), value => Assert.Equal(float.NaN, value));
        Assert.Equal([float.NaN], Sum.Apply(tape, x).ToArray());
        Assert.Equal([float.NaN], Mean.Rows(tape, x).ToArray());
    }

    [Fact]
    public void Softmax_of_large_numbers_does_not_overflow()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.From([1000, 1000, float.NegativeInfinity, -1000], new Shape(4));
        Assert.Equal([0.5f, 0.5f, 0, 0], Softmax.Apply(tape, x).ToArray());
        Assert.Equal(-2000.6931f, LogSoftmax.Apply(tape, x).ToArray()[3]);
    }

    [Fact]
    public void An_operand_used_twice_gets_both_contributions()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.From([1f, 2f, 3f], new Shape(3));
        x.RequiresGradient = true;
        tape.Backward(Sum.Apply(tape, Add.Apply(tape, Multiply.Apply(tape, x, x), x)));
        Assert.Equal([3f, 5f, 7f], x.Gradient!.ToArray());
    }

    [Fact]
    public void Messages_name_the_operand_and_both_shapes()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor a = tape.Rent(new Shape(2, 4), "test");
        Tensor b = tape.Rent(new Shape(3), "test");
        Assert.Equal("Add: b has shape [3], expected one of [2, 4], [4], [2, 1], [1].", Message(() => Add.Apply(tape, a, b)));
        Assert.Equal("MatMul: depth of b is 2, expected 4.", Message(() => MatMul.Apply(tape, a, a)));
        Assert.Equal("Slice: end is 5, expected at most 4.", Message(() => Slice.Apply(tape, a, ^1, 2, 3)));
        Assert.Equal("Slice: axis is 2, expected 0 to 1.", Message(() => Slice.Apply(tape, a, 2, 0, 1)));
        Assert.Equal("Concat: rank of part 1 is 1, expected 2.", Message(() => Concat.Apply(tape, 0, a, b)));
        Tensor empty = tape.Rent(new Shape(0), "test");
        Assert.Equal("Mean: elements of x is 0, expected at least 1.", Message(() => Mean.Apply(tape, empty)));
    }

    private static string Message(Action call) => Assert.Throws<ArgumentException>(call).Message;

    private static IEnumerable<OpCase> Cases()
    {
        CaseData data = new(20);
        CaseInput a = data.Normal("a", new Shape(5, 33));
        CaseInput b = data.Normal("b", new Shape(33));
        CaseInput c = data.Normal("c", new Shape(5, 1));
        CaseInput d = data.Normal("d", new Shape(5, 33));
        OpCase test = new() { Op = "Test", Label = "", Inputs = [], Run = null!, Reference = null!, Reason = "A few roundings." };
        yield return test with
        {
            Label = "of three",
            Inputs = [a, b, c],
            Run = (tape, x) => [Map.Apply("Test", tape, x[0], x[1], x[2], new Lerp())],
            Reference = x => [[.. x[0].Select((a, i) => a + x[2][i / 33] * (x[1][i % 33] - a))]],
        };
        yield return test with
        {
            Label = "of four",
            Inputs = [a, b, c, d],
            Run = (tape, x) => [Map.Apply("Test", tape, x[0], x[1], x[2], x[3], new ProductSum())],
            Reference = x => [[.. x[0].Select((a, i) => a * x[1][i % 33] + x[2][i / 33] * x[3][i])]],
        };
        yield return test with
        {
            Label = "sum of two",
            Inputs = [a, d],
            Run = (tape, x) =>
            [
                Reduction.Sum("Test", tape, x[0], x[1], new SquaredDifference()),
                Reduction.SumRows("Test", tape, x[0], x[1], new SquaredDifference()),
            ],
            Reference = x =>
            [
                [x[0].Zip(x[1], (a, b) => (a - b) * (a - b)).Sum()],
                [.. x[0].Zip(x[1], (a, b) => (a - b) * (a - b)).Chunk(33).Select(row => row.Sum())],
            ],
        };
        yield return test with
        {
            Label = "sum of one with its value in the derivative",
            Inputs = [a],
            Run = (tape, x) => [Reduction.Sum("Test", tape, x[0], new Tanh.Function())],
            Reference = x => [[x[0].Sum(Math.Tanh)]],
        };
    }

    public readonly struct Lerp : ITernaryFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, IArithmetic<TLanes> =>
            a + c * (b - a);

        public TLanes DerivativeA<TLanes>(TLanes a, TLanes b, TLanes c, TLanes y)
            where TLanes : unmanaged, IArithmetic<TLanes> => TLanes.Broadcast(1) - c;

        public TLanes DerivativeB<TLanes>(TLanes a, TLanes b, TLanes c, TLanes y)
            where TLanes : unmanaged, IArithmetic<TLanes> => c;

        public TLanes DerivativeC<TLanes>(TLanes a, TLanes b, TLanes c, TLanes y)
            where TLanes : unmanaged, IArithmetic<TLanes> => b - a;
    }

    public readonly struct ProductSum : IQuaternaryFunction
    {
        private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

        [MethodImpl(Inline)]
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) where TLanes : unmanaged, IArithmetic<TLanes> =>
            a * b + c * d;

        [MethodImpl(Inline)]
        public TLanes DerivativeA<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
            where TLanes : unmanaged, IArithmetic<TLanes> => b;

        [MethodImpl(Inline)]
        public TLanes DerivativeB<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
            where TLanes : unmanaged, IArithmetic<TLanes> => a;

        [MethodImpl(Inline)]
        public TLanes DerivativeC<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
            where TLanes : unmanaged, IArithmetic<TLanes> => d;

        [MethodImpl(Inline)]
        public TLanes DerivativeD<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
            where TLanes : unmanaged, IArithmetic<TLanes> => c;
    }

    public readonly struct SquaredDifference : IBinaryFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b) where TLanes : unmanaged, IArithmetic<TLanes> => (a - b) * (a - b);

        public TLanes DerivativeA<TLanes>(TLanes a, TLanes b, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(2) * (a - b);

        public TLanes DerivativeB<TLanes>(TLanes a, TLanes b, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(2) * (b - a);
    }
}
