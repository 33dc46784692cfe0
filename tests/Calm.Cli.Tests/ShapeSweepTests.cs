using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Ops at sizes that are typed, with several numbers of threads and precisions, and their plots.</summary>
public sealed class ShapeSweepTests : IDisposable
{
    private static readonly IReadOnlyList<CaseSweep> Sweeps = OpCases.Sweeps(typeof(OpCases).Assembly);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> SweptOps() => [.. Sweeps.Select(sweep => sweep.Op)];

    [Theory]
    [InlineData("M=3,N=5,K=7", "[3, 7] to 5")]
    [InlineData("M=2..20:x3,N=5,K=7", "[2, 7] to 5; [6, 7] to 5; [18, 7] to 5")]
    [InlineData("M=2..20:+8,N=5,K=7", "[2, 7] to 5; [10, 7] to 5; [18, 7] to 5")]
    [InlineData("M=2/1,N=5/6,K=7", "[2, 7] to 5; [2, 7] to 6; [1, 7] to 5; [1, 7] to 6")]
    [InlineData("M=3,N=2", "[3, 256] to 2")]
    public void All_combinations_are_taken_and_the_rest_has_its_default(string typed, string labels) =>
        Assert.Equal(labels, string.Join("; ", ShapeSweep.Cases(Of("Linear"), typed).Select(c => c.Label)));

    [Theory]
    [InlineData("M", "expected NAME=VALUE")]
    [InlineData("M=", "expected NAME=VALUE")]
    [InlineData("=3", "expected NAME=VALUE")]
    [InlineData("M=0", "M is 0, expected 1 or more")]
    [InlineData("M=-3", "expected NAME=VALUE")]
    [InlineData("M=1..8", "NAME=FROM..TO:xFACTOR")]
    [InlineData("M=1..8:*2", "NAME=FROM..TO:xFACTOR")]
    [InlineData("M=1..8:x1", "leads nowhere")]
    [InlineData("M=8..1:x2", "ends before it begins")]
    [InlineData("M=1,M=2", "M is there twice")]
    [InlineData("rows=1", "Linear has no size rows; it has M, N, K")]
    [InlineData("M=1..2000:+1", "more than 1000 combinations")]
    [InlineData("M=100000,N=100000", "MB of this machine's")]
    public void What_cannot_be_read_or_made_is_refused(string typed, string reason)
    {
        UsageException failure = Assert.Throws<UsageException>(() => ShapeSweep.Cases(Of("Linear"), typed));
        Assert.StartsWith("--shape", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>The sizes arrive where they belong: the op agrees with its definition at small ones.</summary>
    [Theory]
    [MemberData(nameof(SweptOps))]
    public void A_swept_op_is_right_and_has_a_cost(string op)
    {
        CaseSweep sweep = Of(op);
        int next = 2;
        OpCase small = sweep.At(sweep.Sizes.ToDictionary(
            size => size.Name, size => size.Most == 1 ? 1 : size.Name is "headSize" or "queryHeads" ? 4 : next++));
        Assert.True(small.Forward is { Flops: > 0, Bytes: > 0 });
        using HostDevice host = new(threads: 1);
        Assert.All(CaseRunner.Check(small, host), result => Assert.True(result.Passed, result.Name));
    }

    [Fact]
    public void Sizes_threads_and_precisions_are_swept_and_drawn()
    {
        string plot = _folder["sweep.svg"];
        string[] options = ["bench", "--device", "host", "--op", "LogSoftmax", "--seconds", "0.01", "--json"];
        JsonNode[] rows = Rows(
        [
            .. options, "--shape", "rows=4/8,columns=16", "--threads", "1,2", "--dtype", "float32,bf16", "--out", plot,
            "--out", _folder["sweep.html"],
        ]);
        Assert.Equal(2 * 2 * 2 * 2, rows.Length);
        Assert.Equal([4, 8], rows.Select(row => (int)row["sizes"]!["rows"]!).Distinct());
        Assert.Equal([1, 2], rows.Select(row => (int)row["threads"]!).Distinct());
        Assert.Equal(["float32", "bf16"], rows.Select(row => (string)row["precision"]!).Distinct());
        Assert.Contains("LogSoftmax, backward, bf16, 2 threads", File.ReadAllText(plot), StringComparison.Ordinal);
        Assert.Contains("LogSoftmax: time over size", File.ReadAllText(_folder["sweep.html"]), StringComparison.Ordinal);

        Assert.True(Rows([.. options, "--cases", "all", "--threads", "1"]).Select(row => (string)row["shape"]!).Distinct().Count() > 10);
    }

    [Fact]
    public void Threads_are_pinned_each_to_a_core_and_freed_again()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using HostDevice host = new(threads: Math.Min(2, Environment.ProcessorCount));
        string[] before = Allowed(host);
        using (new PinnedThreads(host))
        {
            string[] pinned = Allowed(host);
            Assert.Equal(pinned.Length, pinned.Distinct().Count());
            Assert.All(pinned, cores => Assert.True(int.TryParse(cores, out _), cores));
        }

        Assert.Equal(before, Allowed(host));
    }

    [Fact]
    public void A_clock_is_read_by_a_chain_of_additions()
    {
        ClockWatch watch = new();
        watch.Read();
        Assert.Equal(0, watch.Drift);
        watch.Read();
        Assert.True(watch.Drift >= 0);
    }

    [Theory]
    [InlineData("--threads 1,1: has a value twice", "bench", "--threads", "1,1")]
    [InlineData("--dtype float32,bf61: must be one of float32, bf16", "bench", "--dtype", "float32,bf61")]
    [InlineData("--threads 1,2: must be one value", "verify", "--threads", "1,2")]
    [InlineData("lists of --threads and --dtype are for ops", "bench", "--threads", "1,2", "--step", "tiny")]
    [InlineData("--shape: needs one --op of AdamW", "bench", "--shape", "count=3")]
    [InlineData("--op Gelu: takes no --shape", "bench", "--op", "Gelu", "--shape", "count=3")]
    [InlineData("transposeA is 2, expected 0 to 1", "bench", "--op", "MatMul", "--shape", "transposeA=2")]
    [InlineData("number of draws is 1", "bench", "--op", "EnergyScore", "--shape", "draws=1")]
    public void Lists_where_there_can_be_none_are_refused(string reason, params string[] args) =>
        Assert.Contains(reason, TinyRun.Fails(2, [.. args, "--device", "host"]), StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private static CaseSweep Of(string op) => Sweeps.Single(sweep => sweep.Op == op);

    private static JsonNode[] Rows(string[] args) => [.. JsonNode.Parse(TinyRun.Succeeds(args))!["ops"]!.AsArray()!];

    /// <summary>The cores that each thread of a team may use, as Linux tells them.</summary>
    private static string[] Allowed(HostDevice host)
    {
        string[] cores = new string[host.Team.Threads];
        using Barrier all = new(host.Team.Threads);
        host.Team.Run(host.Team.Threads, _ =>
        {
            all.SignalAndWait();
            cores[ThreadTeam.ThreadIndex] = File.ReadLines("/proc/thread-self/status")
                .Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1];
        });
        return cores;
    }
}
