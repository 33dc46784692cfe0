namespace Calm.Cli.Tests;

/// <summary>The packages and the tool, installed from a folder into an empty project, as their users get them.</summary>
[Collection(nameof(Alone))]
public sealed class PackageTests : IDisposable
{
    private const string Version = "0.0.0-test";
    private static readonly string[] Packages = ["Calm.Cli", "Calm.Kernels", "Calm.Runtime", "Calm.Training"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Packages_and_tool_work_in_an_empty_project()
    {
        string feed = _folder["feed"];
        Programs.MustRun(
            "dotnet", Programs.Root, "pack", "Calm.sln", "--no-build", "-c", Programs.Configuration, "-o", feed,
            $"-p:PackageVersion={Version}", "-v", "quiet");
        Assert.Equal(
            Packages.SelectMany(name => new[] { $"{name}.{Version}.nupkg", $"{name}.{Version}.snupkg" }),
            Directory.EnumerateFiles(feed).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        UsePackages(feed);
        UseTool(feed);
    }

    private void UsePackages(string feed)
    {
        foreach (string sample in new[] { "Tensors", "Regression" })
        {
            string program = File.ReadAllText(Path.Combine(Programs.Root, "samples", sample, "Program.cs"));
            string project = Path.GetDirectoryName(_folder.Write($"{sample}/Program.cs", program))!;
            _folder.Write($"{sample}/{sample}.csproj", $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <RestorePackagesPath>{_folder["packages"]}</RestorePackagesPath>
                    <RestoreFallbackFolders>{GlobalPackages()}</RestoreFallbackFolders>
                    <RestoreAdditionalProjectSources>{feed}</RestoreAdditionalProjectSources>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="Calm.Training" Version="{Version}" />
                  </ItemGroup>
                </Project>
                """);
            string output = Programs.MustRun("dotnet", project, "run", "-c", "Release");
            Assert.Equal(Programs.MustRun("dotnet", project, Programs.Built($"samples/{sample}")), output);
        }
    }

    private void UseTool(string feed)
    {
        string tools = _folder["tools"];
        Programs.MustRun(
            "dotnet", _folder.Root, "tool", "install", "Calm.Cli", "--version", Version, "--tool-path", tools, "--source", feed);
        string output = Programs.MustRun(
            Path.Combine(tools, "calm"), _folder.Root, "verify", "--device", "host", "--op", "Silu", "--json");
        Assert.Contains("\"failed\":0,", output, StringComparison.Ordinal);
    }

    // The folder has the libraries' dependencies already, so that nothing is fetched.
    private static string GlobalPackages() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
