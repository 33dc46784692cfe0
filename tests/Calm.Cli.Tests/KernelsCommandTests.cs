using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary><c>calm kernels</c>: the same on every run, what changed since another, and the host's loops.</summary>
public sealed class KernelsCommandTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void Output_is_the_same_on_every_run_and_a_difference_is_named_with_old_and_new()
    {
        string[] arguments = ["kernels", "--op", "RmsNorm", "--family", "tiled", "--target", "sm_90"];
        string saved = CommandLineTests.Calm([.. arguments, "--json"]).Output;
        Assert.Equal(saved, CommandLineTests.Calm([.. arguments, "--json"]).Output);
        File.WriteAllText(_file, saved);
        (int code, string output, _) = CommandLineTests.Calm([.. arguments, "--diff", _file]);
        Assert.Equal((0, "no kernel changed\n"), (code, output.ReplaceLineEndings("\n")));

        File.WriteAllText(_file, "{\"kernels\":[null]}");
        Assert.Contains("a kernel is null", TinyRun.Fails(1, [.. arguments, "--diff", _file]), StringComparison.Ordinal);

        File.WriteAllText(_file, saved.Replace("\"barriers\":3", "\"barriers\":4", StringComparison.Ordinal)
            .Replace("SlotSum.SlotSumKernel", "SlotSum.EarlierKernel", StringComparison.Ordinal));
        (code, output, _) = CommandLineTests.Calm([.. arguments, "--diff", _file, "--json"]);
        Assert.Equal(0, code);
        JsonElement[] changed = [.. JsonDocument.Parse(output).RootElement.GetProperty("changed").EnumerateArray()];
        Assert.Equal(
            [
                "RmsNorm.BackwardKernel<GroupTeam<Group128>>: barriers 4 3",
                "RmsNorm.ForwardKernel<BFloat16Elements, GroupTeam<Group128>>: barriers 4 3",
                "RmsNorm.ForwardKernel<FloatElements, GroupTeam<Group128>>: barriers 4 3",
                "SlotSum.EarlierKernel: kernel present absent",
                "SlotSum.SlotSumKernel: kernel absent present",
            ],
            changed.Select(kernel => $"{kernel.GetProperty("name")}: {Single(kernel.GetProperty("changes"))}"));

        static string Single(JsonElement changes)
        {
            JsonElement change = Assert.Single(changes.EnumerateArray());
            return $"{change.GetProperty("what")} {change.GetProperty("old")} {change.GetProperty("new")}";
        }
    }

    [Theory]
    [InlineData("not what calm kernels --json wrote", "kernels", "--op", "RmsNorm", "--diff", "README.md")]
    [InlineData("--x86: needs --op", "kernels", "--x86")]
    [InlineData("--x86: shows the host's loops alone", "kernels", "--op", "RmsNorm", "--x86", "--ptx")]
    [InlineData("--x86: shows the host's loops alone", "kernels", "--op", "RmsNorm", "--x86", "--target", "sm_90")]
    [InlineData("--target sm_91: must be one of sm_80, sm_89, sm_90", "kernels", "--target", "sm_91")]
    public void What_cannot_be_shown_is_refused_in_one_line(string reason, params string[] arguments)
    {
        string[] found = [.. arguments.Select(a => a == "README.md" ? Path.Combine(Programs.Root, a) : a)];
        (int code, string output, string error) = CommandLineTests.Calm(found);
        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.Contains(reason, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [X64Fact]
    public void Loops_of_the_host_are_shown_with_counts_of_an_assembly_too()
    {
        (int code, string output, _) = CommandLineTests.Calm(
            "kernels", "--assembly", Programs.Built("samples/OwnOp"), "--op", "QuickGelu", "--x86", "--json");
        Assert.Equal(0, code);
        JsonElement[] loops = [.. JsonDocument.Parse(output).RootElement.GetProperty("hostLoops").EnumerateArray()];
        Assert.Contains(loops, loop => loop.GetProperty("job").GetString()!.StartsWith("QuickGelu+", StringComparison.Ordinal));
        Assert.All(loops, loop => Assert.True(loop.GetProperty("codeBytes").GetInt32() > 0));
    }

    [Fact]
    public void Instructions_of_the_host_are_counted_by_kind()
    {
        const string listing = """
            ; Assembly listing for method Calm.Kernels.Sum+Job:Run[Calm.Runtime.Lanes512](int):this (FullOpts)
            G_M000_IG01:
                   push     rbp
                   align    [0 bytes for IG05]
                   vbroadcastss zmm1, dword ptr [rax]
                   vbroadcastss zmm2, xmm1
                   vmovups  zmm2, zmmword ptr [rsi+4*rdi]
                   vfmadd231ps zmm0, zmm1, zmmword ptr [rsi+4*rdi]
                   vfmadd231ss xmm0, xmm1, xmm2
                   vmulps   zmm2, zmm2, zmm1
                   vmovups  zmmword ptr [rdx+4*rdi], zmm2
                   vmovss   xmm1, dword ptr [reloc @RWD00]
                   jl       SHORT G_M000_IG05
                   call     [Calm.Kernels.RowMath:Dot[Calm.Runtime.Lanes512](ptr,ptr,int):float]
                   vzeroupper
                   ret
            RWD00  	dd	3F800000h		;         1
            ; Total bytes of code 308
            """;
        Assert.Equal(
            new HostCounts
            {
                VectorFma = 1, VectorLoads = 2, VectorStores = 1, OtherVector = 2, Scalar = 5, Branches = 1, Calls = 1,
                MemoryOperands = 1,
            },
            HostCounts.Of(listing));
    }

    public void Dispose() => File.Delete(_file);
}
