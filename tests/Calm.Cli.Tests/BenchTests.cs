using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>The measuring of <c>calm bench</c>: statistics, roofs, verdicts, files, and that wrong ops get no time.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Quantiles_are_of_all_runs_and_noise_is_that_of_the_visits()
    {
        RunTimes times = new();
        times.Add([3, 1, 2]);
        times.Add([2, 4, 3]);
        Assert.Equal((1, 2.5, 6, 2), (times.Best, times.Median, times.Runs, times.Visits));
        Assert.Equal(4, times.Quantile(1));

        // Medians 2 and 3: a deviation of sqrt(1/2), over the root of 2 visits and their mean 2.5.
        Assert.Equal(0.2, times.Noise, 12);
        Estimate interval = times.Interval;
        Assert.Equal(2.5 * 0.2 * 12.7062, interval.High - interval.Value, 3);
    }

    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.3027)]
    [InlineData(4, 2.7764)]
    [InlineData(9, 2.2622)]
    [InlineData(30, 2.0423)]
    public void Students_quantiles_are_those_of_tables(int freedom, double quantile) =>
        Assert.InRange(StudentT.Quantile975(freedom) / quantile, 0.99, 1.01);

    [Theory]
    [InlineData(1.00, 0.005, 0.1, nameof(Verdict.Same))]
    [InlineData(1.05, 0.005, 0.1, nameof(Verdict.Slower))]
    [InlineData(0.95, 0.005, null, nameof(Verdict.Faster))]
    [InlineData(1.05, 0.05, 0.1, nameof(Verdict.Undecided))]
    [InlineData(1.00, 0.05, 0.1, nameof(Verdict.Undecided))]
    [InlineData(1.05, 0.005, 0.5, nameof(Verdict.Undecided))]
    [InlineData(5.00, 0.005, 0.5, nameof(Verdict.Slower))]
    public void A_verdict_needs_narrow_intervals_and_a_quiet_machine(
        double ratio, double half, double? otherCores, string expected)
    {
        BenchRow row = Row(1e-3 * ratio, half);
        Assert.Equal(expected, new SavedBench([Row(1e-3, half)], otherCores).Compare([row], 0).Single().Verdict.ToString());
        Assert.Equal(expected, new SavedBench([Row(1e-3, half)]).Compare([row], otherCores).Single().Verdict.ToString());
    }

    [Fact]
    public void An_op_is_put_under_the_roof_of_data_of_its_size()
    {
        using HostDevice device = new(threads: 1);
        BandwidthCurve curve = new([1e5, 1e6, 1e7], [100, 50, 10]);
        Roofs.Reading before = new(new Peak(200, 10), curve);
        Roofs roofs = new(before, before with { Bandwidth = curve with { Gbs = [100, 40, 10] } }, device);
        Assert.Equal(("50 GB/s of 2.0 MB", false), Of(new Cost(1e6, 2e6), CacheState.Warm));
        Assert.Equal(("100 GB/s of 500 KB", true), Of(new Cost(0, 5e5), CacheState.Warm));
        Assert.Equal(("10 GB/s of memory", true), Of(new Cost(0, 5e5), CacheState.Cold));
        Assert.Equal(("200 GFLOP/s", true), Of(new Cost(1e9, 2e6), CacheState.Warm));
        Assert.Contains("1.0 MB 50 and 40", Assert.Single(roofs.Unsteady()), StringComparison.Ordinal);

        (string, bool) Of(Cost cost, CacheState cache)
        {
            Roof roof = roofs.Of(cost, cost.Bytes, isRounded: false, cache);
            return (roof.Name, roof.IsSteady);
        }
    }

    [Theory]
    [InlineData(InputDistribution.Zeros, 0)]
    [InlineData(InputDistribution.OneHot, 4)]
    [InlineData(InputDistribution.Denormals, 12)]
    internal void Inputs_can_be_other_numbers(InputDistribution distribution, int unlikeZero)
    {
        OpCase c = OpCases.Find().First(c => c.Op == "Softmax") with
        {
            Inputs = [new CaseData(1).Normal("x", new Shape(4, 3)), new CaseData(1).Integers("ids", new Shape(4), 9)],
        };
        OpCase other = InputNumbers.Of(c, distribution, seed: 3);
        Assert.Equal(unlikeZero, other.Inputs[0].Values.Count(x => x != 0));
        Assert.All(other.Inputs[0].Values, x => Assert.True(x is 0 or 1 || (float)x is > 0 and < 1.18e-38f));
        Assert.Equal(c.Inputs[1].Values, other.Inputs[1].Values);
    }

    [Fact]
    public void An_op_whose_result_is_wrong_gets_no_time()
    {
        using HostDevice device = new(threads: 1);
        OpCase right = OpCases.Find().Where(c => c.Op == "Softmax").MinBy(c => c.Inputs[0].Shape.Count)!;
        OpCase wrong = right with { Reference = x => [.. right.Reference(x).Select(y => y.Select(v => v + 1).ToArray())] };
        BenchedCase benched = new(wrong, device, []);
        benched.Check(wrong, [wrong]);
        Assert.Contains("differs by", benched.Wrong, StringComparison.Ordinal);
        Assert.Empty(benched.Sides);
    }

    [Fact]
    public void A_result_is_written_in_every_form_and_compared_with_a_saved_one()
    {
        JsonNode saved = JsonNode.Parse(TinyRun.Succeeds(Bench()))!;
        string slow = _folder.Write("slow.json", Times(saved, 1e4));
        string fast = _folder.Write("fast.json", Times(saved, 1e-4));
        (int code, string table, _) = CommandLineTests.Calm(Bench("--against", fast)[..^1]);
        Assert.Equal(1, code);
        Assert.Contains("2 slower", table, StringComparison.Ordinal);
        string json = TinyRun.Succeeds(
            Bench(
                "--against", slow, "--out", _folder["a.csv"], "--out", _folder["a.md"], "--out", _folder["a.xml"], "--out",
                _folder["a.html"]));
        JsonElement result = JsonDocument.Parse(json).RootElement;
        Assert.All(
            result.GetProperty("against").EnumerateArray(), v => Assert.Equal("faster", v.GetProperty("verdict").GetString()));
        JsonElement row = result.GetProperty("ops")[0];
        Assert.Equal(("RmsNorm", "calm", "warm", "case"), (Text("name"), Text("provider"), Text("cache"), Text("inputs")));
        Assert.True(Number("secondsBest") <= Number("secondsP20") && Number("secondsP20") <= Number("secondsMedian"));
        Assert.True(Number("secondsMedian") <= Number("secondsP80") && Number("visits") >= MeasureSettings.FewestVisits);
        Assert.Equal(3, File.ReadAllLines(_folder["a.csv"]).Length);
        Assert.Contains("| RmsNorm | calm | [", File.ReadAllText(_folder["a.md"]), StringComparison.Ordinal);
        Assert.Equal(2, XDocument.Load(_folder["a.xml"]).Descendants("testcase").Count());
        XElement page = XDocument.Parse(File.ReadAllText(_folder["a.html"])["<!DOCTYPE html>".Length..]).Root!;
        Assert.Equal(["Beside the saved result", "All times"], page.Descendants("h2").Select(title => title.Value));
        Assert.Equal(4, page.Descendants("tbody").Elements("tr").Count());

        string Text(string name) => row.GetProperty(name).GetString()!;

        double Number(string name) => row.GetProperty(name).GetDouble();
    }

    [Fact]
    public void A_library_is_compared_with_our_times_as_a_caller_waits()
    {
        BenchRow ours = Row(2, 0) with { SecondsBest = 1, SecondsBestWithLaunch = 4, SecondsWithLaunch = 8 };
        BenchRow theirs = Row(16, 0) with { Provider = "clblast", SecondsBest = 8 };
        ProviderRatio ratio = Assert.Single(ProviderRatio.Of([ours, theirs]));
        Assert.Equal(("clblast", 2, 2), (ratio.Provider, ratio.Best, ratio.Median));
        BenchRow host = ours with { SecondsBestWithLaunch = null, SecondsWithLaunch = null };
        ratio = Assert.Single(ProviderRatio.Of([host, theirs]));
        Assert.Equal((8, 8), (ratio.Best, ratio.Median));
    }

    [Fact]
    public void What_cannot_be_is_refused_in_a_line()
    {
        Assert.Contains("must end in .csv, .html, .md, .svg, .xml", Refused("--out", "a.txt"), StringComparison.Ordinal);
        Assert.Contains("must have calm", Refused("--providers", "openblas"), StringComparison.Ordinal);
        Assert.Contains("--noise -1: must be from 0 to 100", Refused("--noise", "-1"), StringComparison.Ordinal);
        Assert.Contains("--seconds 0: must be above 0", Refused("--seconds", "0"), StringComparison.Ordinal);
        string line = TinyRun.Fails(1, "bench", "--against", _folder.Write("x.json", "{\"ops\":[{}]}"), "--device", "host");
        Assert.Contains("x.json", line, StringComparison.Ordinal);

        static string Refused(params string[] more) =>
            TinyRun.Fails(2, ["bench", "--op", "RmsNorm", "--device", "host", .. more]);
    }

    public void Dispose() => _folder.Dispose();

    private static string Times(JsonNode result, double factor)
    {
        JsonNode changed = result.DeepClone();
        foreach (JsonNode? op in changed["ops"]!.AsArray())
        {
            foreach (string name in new[] { "secondsMedian", "secondsLow", "secondsHigh" })
            {
                op![name] = (double)op[name]! * factor;
            }
        }

        return changed.ToJsonString();
    }

    private static string[] Bench(params string[] more) =>
    [
        "bench", "--op", "RmsNorm", "--shapes", "tiny", "--seconds", "0.01", "--device", "host", "--noise", "100", .. more,
        "--json",
    ];

    private static BenchRow Row(double median, double half) => new("RmsNorm", BenchRow.Calm, "[1]", "forward")
    {
        SecondsMedian = median,
        SecondsHigh = median * (1 + half),
        SecondsLow = median * (1 - half),
        Runs = 9,
    };
}
