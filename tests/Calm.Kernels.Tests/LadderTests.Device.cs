using Calm.Bench;
using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>The versions of kernels that docs/kernels.md compares are held to what the op itself is held to.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class LadderTests(TestDevices devices)
{
    public static TheoryData<string, string> RungsOnDevices()
    {
        TheoryData<string, string> data = [];
        foreach (string device in TestDevices.Names)
        {
            foreach (string rung in Ladders.Find().SelectMany(ladder => ladder.All.Select(rung => $"{ladder.Op}: {rung.Name}")))
            {
                data.Add(rung, device);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(RungsOnDevices))]
    public void Version_agrees_with_the_definition(string name, string deviceName)
    {
        Device device = devices[deviceName];
        (Ladder ladder, Rung rung) = Ladders.Find().SelectMany(ladder => ladder.All.Select(rung => (ladder, rung)))
            .Single(pair => $"{pair.ladder.Op}: {pair.rung.Name}" == name);
        List<CaseResult> results = [.. ladder.Check(rung, device)];
        Assert.NotEmpty(results);
        Assert.Equal([], results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
    }

    [Fact]
    public void Versions_compile_and_use_no_local_memory()
    {
        var reports = Ladders.Find().SelectMany(ladder => ladder.All.SelectMany(rung => ladder.Compile(rung, ptxas: null)));
        Assert.NotEmpty(reports);
        Assert.Equal(
            [],
            reports.Where(r => r is { Failure: not null } or { Resources: { StackBytes: > 0 } or { LocalAccesses: > 0 } })
                .Select(r => $"{r.Source.Name}: {r.Failure ?? r.Resources!.ToString()}"));
    }
}
