using System.Text.RegularExpressions;
using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>The versions that docs/laboratory.md compares are held to what ops are held to.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed partial class LaboratoryTests(TestDevices devices)
{
    private const int MostEmulatedElements = 4096;

    private static IReadOnlyList<OpCase> Cases { get; } =
    [
        .. OpCases.Find(typeof(Laboratory.LaboratoryCases).Assembly),
        .. OpCases.Find(typeof(KernelLadders.LinearCases).Assembly),
    ];

    public static TheoryData<string, string> VersionsOnDevices()
    {
        TheoryData<string, string> data = [];
        foreach (string device in TestDevices.Names)
        {
            foreach (string op in Cases.Select(c => c.Op).Distinct())
            {
                data.Add(op, device);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(VersionsOnDevices))]
    public void Version_agrees_with_the_definition(string op, string deviceName)
    {
        Device device = devices[deviceName];
        CaseResult[] results =
        [
            .. Cases.Where(c => c.Op == op && (device.Kind != DeviceKind.Emulated || IsSmall(c)))
                .SelectMany(c => CaseRunner.Check(c, device)),
        ];
        Assert.NotEmpty(results);
        Assert.Equal([], results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
    }

    [Fact]
    public void Kernels_compile_and_use_no_local_memory()
    {
        KernelReport[] reports =
            [.. KernelReport.Of(KernelSources.Of(Cases, [SourceLanguage.Ptx], KernelFamily.Tiled), ptxas: null)];
        HashSet<string> versions = [.. reports.Select(r => VersionPattern().Match(r.Source.Name).Value)];
        versions.Remove("");
        Assert.Equal(12, versions.Count);
        Assert.Equal(
            [],
            reports.Where(r => r is { Failure: not null } or { Resources: { StackBytes: > 0 } or { LocalAccesses: > 0 } })
                .Select(r => $"{r.Source.Name}: {r.Failure ?? r.Resources!.ToString()}"));
    }

    [GeneratedRegex(@"^(Softmax|RmsNorm|Linear)[1-4]\.")]
    private static partial Regex VersionPattern();

    private static bool IsSmall(OpCase c) => c.Inputs.All(input => input.Shape.Count < MostEmulatedElements);
}
