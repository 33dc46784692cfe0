using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Every fixture of tests/golden on the host.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Fixtures() => [.. new GoldenSet(Folder()).Names];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Fixture_agrees(string name)
    {
        using HostDevice host = new(2);
        FixtureResult result = new GoldenSet(Folder()).Run(name, host);
        Assert.Null(result.Failure);
        Assert.True(result.Supported);
        Assert.Equal([], result.Results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
        Assert.True(result.Passed);
    }

    [Fact]
    public void A_folder_without_a_manifest_is_refused_in_a_line()
    {
        CalmException failure = Assert.Throws<CalmException>(() => new GoldenSet(Path.GetTempPath()));
        Assert.Contains("manifest.json", failure.Message, StringComparison.Ordinal);
    }

    internal static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "golden"));
}
