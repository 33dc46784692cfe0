using System.Text.RegularExpressions;
using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Every kernel is found and compiled, without a GPU.</summary>
public sealed partial class CodeGenerationTests
{
    private static readonly Lazy<IReadOnlyList<KernelSource>> Sources =
        new(() => KernelSources.Of(OpCases.Find(), [SourceLanguage.Ptx, SourceLanguage.OpenCl]));

    internal static IReadOnlyList<KernelSource> Ptx => [.. Compiled(SourceLanguage.Ptx).Where(s => s.Failure is null)];

    [Fact]
    public void Every_kernel_compiles_to_PTX_and_OpenCL_C()
    {
        Assert.NotEmpty(Compiled(SourceLanguage.Ptx));
        Assert.NotEmpty(Compiled(SourceLanguage.OpenCl));
        Assert.Equal([], Sources.Value.Where(s => s.Failure is not null).Select(s => $"{s.Name}: {s.Failure}").Distinct());
    }

    [Fact]
    public void Both_families_have_kernels() =>
        Assert.Equal(
            [KernelFamily.Direct, KernelFamily.Tiled], Sources.Value.Select(s => s.Family).Distinct().Order());

    /// <summary>GPUs have no instruction for them: a remainder of a power of two is a mask, and costs one instead of twenty.</summary>
    [Fact]
    public void No_kernel_divides_by_a_constant() =>
        Assert.Equal([], Ptx.Where(s => DivisionByConstant().IsMatch(s.Text))
            .Select(s => $"{s.Name}: {DivisionByConstant().Match(s.Text).Value.Trim()}").Distinct());

    /// <summary>A barrier that fences global memory alone lets GPUs read shared memory before it is written.</summary>
    [Fact]
    public void Every_barrier_fences_shared_memory_too()
    {
        const string fence = "barrier ( CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE )";
        (string Name, int All, int Whole)[] barriers =
        [
            .. Compiled(SourceLanguage.OpenCl).Where(s => s.Failure is null)
                .Select(s => (s.Name, Count(s.Text, "barrier"), Count(s.Text, fence))),
        ];
        Assert.True(barriers.Sum(b => b.Whole) > 100);
        Assert.Equal([], barriers.Where(b => b.All != b.Whole).Select(b => $"{b.Name}: {b.All} barriers, {b.Whole} whole").Distinct());
        Assert.All(Ptx, s => Assert.Equal(Count(s.Text, "bar.sync"), Count(s.Text, "bar.sync\t0;")));
    }

    /// <summary>An array that is indexed by a variable ends up there, at a hundred times the price of a register.</summary>
    [Fact]
    public void Kernels_use_no_local_memory() =>
        Assert.Equal([], Offenders(s => KernelResources.OfPtx(s.Text) is { StackBytes: > 0 } or { LocalAccesses: > 0 }));

    /// <summary>Addresses of shared memory are converted once: a second conversion would make them point nowhere.</summary>
    [Fact]
    public void Tensor_cores_read_shared_memory_where_it_is()
    {
        KernelSource[] kernels = [.. Ptx.Where(s => s.Text.Contains("ldmatrix.sync"))];
        Assert.NotEmpty(kernels);
        Assert.All(kernels, s => Assert.Contains("mma.sync", s.Text));
        Assert.All(kernels, s => Assert.DoesNotContain("cvta.to.shared", s.Text));
    }

    [Fact]
    public void Kernels_use_double_precision_only_where_they_say_why()
    {
        Assert.Equal([], Offenders(s => s.Float64Reason is null && KernelResources.OfPtx(s.Text).Float64 > 0));
        Assert.Equal([], Offenders(s => s.Float64Reason is not null && KernelResources.OfPtx(s.Text).Float64 == 0));
    }

    /// <summary>Profilers show the entry's name: it tells op, direction and specialisation, and no two kernels share one.</summary>
    [Fact]
    public void Kernels_have_entries_of_their_own()
    {
        (string Name, string Entry)[] kernels = [.. Ptx.Select(s => (s.Name, EntryOf(s.Text))).Distinct()];
        Assert.Equal(kernels.Length, kernels.Select(k => k.Name).Distinct().Count());
        Assert.Equal(kernels.Length, kernels.Select(k => k.Entry).Distinct().Count());
        Assert.All(kernels, k => Assert.StartsWith($"Kernel_{k.Name.Split('.')[0]}", k.Entry, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^\s*(@!?%\w+\s+)?(rem|div)\.[su](32|64)\s[^;]*,\s*-?\d+;", RegexOptions.Multiline)]
    private static partial Regex DivisionByConstant();

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string EntryOf(string ptx)
    {
        const string mark = ".entry ";
        int start = ptx.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        return ptx[start..ptx.IndexOf('(', start)].Trim();
    }

    private static IEnumerable<KernelSource> Compiled(SourceLanguage language) =>
        Sources.Value.Where(s => s.Language == language);

    private static IEnumerable<string> Offenders(Func<KernelSource, bool> offends) =>
        Ptx.Where(offends).Select(s => $"{s.Name}: {KernelResources.OfPtx(s.Text)}").Distinct();
}
