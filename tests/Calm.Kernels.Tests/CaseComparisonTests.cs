using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>A comparison says where numbers differ, and a gradient check finds the element.</summary>
public sealed class CaseComparisonTests
{
    [Fact]
    public void The_worst_and_the_first_differing_elements_are_named()
    {
        double[] want = [1, 2, 3, 4, 5, 6];
        CaseResult result = CaseComparison.Compare("x", [1, 2.5, 3, 4, 8, 6], want, 1e-6, sizes: [2, 3]);
        Assert.False(result.Passed);
        Assert.Equal("[1, 1]: got 8, wanted 5, relative error 0.6", result.Worst!.ToString());
        Assert.Equal(2, result.Differing);
        Assert.Equal([0, 1], result.First[0].Index);
        Assert.Equal(0.25, result.First[0].RelativeError);
    }

    [Fact]
    public void Equal_infinities_agree_and_one_alone_does_not()
    {
        double[] want = [double.NegativeInfinity, 1];
        Assert.True(CaseComparison.Compare("x", [double.NegativeInfinity, 1], want, 1e-6).Passed);
        CaseResult result = CaseComparison.Compare("x", [-1e30, 1], want, 1e-6);
        Assert.False(result.Passed);
        Assert.Equal([0], result.Worst!.Index);
        Assert.False(CaseComparison.Compare("x", [double.NegativeInfinity, 2], want, 1e-6).Passed);
        Assert.False(CaseComparison.Compare("x", [double.NaN], [double.NaN], 1e-6).Passed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(123)]
    [InlineData(399)]
    public void A_wrong_element_of_a_large_gradient_is_found(int wrong)
    {
        using HostDevice host = new(1);
        OpCase c = new()
        {
            Op = "Wrong",
            Label = "[20, 20]",
            Inputs = [new CaseData(1).Normal("x", new Shape(20, 20))],
            Run = (tape, x) => [WithWrongGradient(tape, x[0], wrong)],
            Reference = x => [x[0]],
            Reason = "A copy.",
        };
        CaseResult failure = CaseRunner.Check(c, host).First(result => !result.Passed);
        Assert.Equal([wrong / 20, wrong % 20], failure.Worst!.Index);
        Assert.Equal(failure.Worst.Wanted + 1, failure.Worst.Got, 1e-5);
    }

    private static Tensor WithWrongGradient(Tape tape, Tensor x, int wrong)
    {
        Tensor y = tape.Rent(x.Shape, "Wrong");
        tape.Device.Copy(x, y);
        tape.Record(new Node(x, y, wrong));
        return y;
    }

    private sealed class Node(Tensor x, Tensor y, int wrong) : TapeNode
    {
        public override string Op => "Wrong";

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            float[] dx = gradient.ToArray();
            dx[wrong]++;
            tape.TargetFor(x).Tensor.CopyFrom(dx);
        }
    }
}
