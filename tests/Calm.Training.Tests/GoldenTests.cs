using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Every fixture of tests/golden on the host.</summary>
public sealed class GoldenTests
{
    /// <summary>Kinds of fixtures that later work brings; anything else must be known.</summary>
    internal static readonly string[] Unsupported =
    [
        "diffusion_k4", "flow_k4", "ddpm_tables", "timestep_features", "temp_exact_T1.000", "temp_exact_T0.500",
        "temp_exact_T0.400", "temp_exact_T0.333",
    ];

    public static TheoryData<string> Fixtures() => [.. new GoldenSet(Folder()).Names];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Fixture_agrees(string name)
    {
        using HostDevice host = new(2);
        FixtureResult result = new GoldenSet(Folder()).Run(name, host);
        Assert.Null(result.Failure);
        Assert.Equal(!Unsupported.Contains(name), result.Supported);
        Assert.Equal([], result.Results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
        Assert.Equal(result.Supported, result.Passed);
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
