using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Outputs and gradients have the same bits for any number of threads.</summary>
public sealed class ThreadCountTests
{
    public static TheoryData<string> Ops() => [.. OpCases.Find().Select(c => c.Op).Distinct()];

    [Theory]
    [MemberData(nameof(Ops))]
    public void Results_do_not_depend_on_the_number_of_threads(string op)
    {
        using HostDevice one = new(1);
        using HostDevice two = new(2);
        using HostDevice three = new(3);
        foreach (OpCase c in OpCases.Find().Where(c => c.Op == op))
        {
            CaseRun run = CaseRunner.Run(c, one);
            Assert.True(run.FirstDifference(CaseRunner.Run(c, two)) is null, $"{c.Name}: two threads");
            Assert.True(run.FirstDifference(CaseRunner.Run(c, three)) is null, $"{c.Name}: three threads");
        }
    }
}
