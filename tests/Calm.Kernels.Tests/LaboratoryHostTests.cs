using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>The host loops of the laboratory's steps: right, and the same bits with any number of threads.</summary>
public sealed class LaboratoryHostTests
{
    public static TheoryData<string> Steps() => ["Softmax1", "Softmax2", "Softmax3", "Softmax4"];

    private static IEnumerable<OpCase> CasesOf(string step) =>
        OpCases.Find(typeof(Laboratory.LaboratoryCases).Assembly).Where(c => c.Op == step);

    [Theory]
    [MemberData(nameof(Steps))]
    public void Step_agrees_with_the_definition(string step)
    {
        using HostDevice host = new(2);
        CaseResult[] results = [.. CasesOf(step).SelectMany(c => CaseRunner.Check(c, host))];
        Assert.NotEmpty(results);
        Assert.Equal([], results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Step_has_the_same_bits_with_any_number_of_threads(string step)
    {
        using HostDevice one = new(1);
        using HostDevice two = new(2);
        using HostDevice three = new(3);
        foreach (OpCase c in CasesOf(step))
        {
            CaseRun run = CaseRunner.Run(c, one);
            Assert.True(run.FirstDifference(CaseRunner.Run(c, two)) is null, $"{c.Name}: two threads");
            Assert.True(run.FirstDifference(CaseRunner.Run(c, three)) is null, $"{c.Name}: three threads");
        }
    }

    /// <summary>The short exponential loses digits far from the maximum, which must not matter; a NaN must come through.</summary>
    [Fact]
    public void Extreme_rows_are_as_those_of_the_op_in_use()
    {
        float[] x = [0, -5, -20, -90, -1e30f, float.NegativeInfinity, 1e4f, 1e4f - 1, float.NaN, 0, 0, 0];
        using HostDevice host = new(1);
        using Tape tape = new(host);
        float[] theirs = Softmax.Apply(tape, tape.From(x, new Shape(2, 6))).ToArray();
        float[] ours = Laboratory.Softmax4.Apply(tape, tape.From(x, new Shape(2, 6))).ToArray();
        Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.Second, pair.First, 2e-7f));
        Assert.Equal(6, ours.Count(float.IsNaN));
    }
}
