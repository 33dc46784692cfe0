using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Passports of devices: what is in one, files of others that are damaged, and devices side by side.</summary>
public sealed class PassportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_passport_of_the_host_has_its_bits_errors_and_times()
    {
        string file = _folder["host.json"];
        JsonElement summary = JsonDocument.Parse(TinyRun.Succeeds(
            "passport", "--device", "host", "--op", "RmsNorm", "--seconds", "0.001", "--out", file, "--json")).RootElement;
        Assert.Equal(0, summary.GetProperty("failed").GetInt32());
        Passport passport = PassportFile.Read(file);
        using HostDevice host = new(threads: 1);
        OpCase[] cases = [.. OpCases.Find().Where(c => c.Op == "RmsNorm")];
        Assert.Equal((cases.Length, 0), (passport.Verified.Cases, passport.Verified.Failed));
        Assert.Equal(
            cases.ToDictionary(c => c.Name, c => CaseRunner.Run(c, host).Hash()), passport.Verified.Bits.ToDictionary());
        Assert.All(passport.Verified.Worst, error => Assert.InRange(error.Share, 0, 1));
        Assert.Equal(["forward", "backward"], passport.Ops.Select(row => row.Direction));
        Assert.True(passport.Bench!.Bandwidth.Bytes.Count > 1 && passport.Bench.Gflops > 0);
        Assert.Equal(("host", "warm"), (passport.Device.Kind, passport.Bench.Cache));
        Assert.Contains("none are known", passport.Kernels.Note, StringComparison.Ordinal);
        Assert.Equal(2, SavedBench.Read(file).Ops.Count);
    }

    [Fact]
    public void Bits_are_those_of_outputs_and_gradients()
    {
        using HostDevice host = new(threads: 1);
        OpCase one = OpCases.Find().First(c => c.Op == "Softmax" && c.Differentiable);
        string hash = CaseRunner.Run(one, host).Hash();
        CaseRunner.Check(one, host, out CaseRun guarded);
        Assert.Matches("^[0-9a-f]{16}$", hash);
        Assert.Equal(hash, guarded.Hash());
        Assert.NotEqual(hash, CaseRunner.Run(one with { Differentiable = false }, host).Hash());
    }

    [Fact]
    public void On_the_emulator_the_largest_cases_that_are_verified_are_timed()
    {
        using Device emulator = DeviceList.Open("emulated");
        PassportCases chosen = new(emulator, [.. OpCases.Find().Where(c => c.Op is "RmsNorm" or "Softmax")]);
        Assert.True(chosen.LeftOut > 0);
        IReadOnlyList<OpCase> timed = chosen.Timed(new HashSet<string> { "Softmax" });
        OpCase largest = chosen.Verified.Where(c => c.Op == "RmsNorm").MaxBy(BenchOps.SizeOf)!;
        Assert.Equal(largest.Name, Assert.Single(timed).Name);
    }

    [Fact]
    public void Kernels_of_gpus_are_known_as_far_as_their_code_tells()
    {
        OpCase[] cases = [.. OpCases.Find().Where(c => c.Op == "RmsNorm")];
        PassportKernels kernels = DeviceKernels.Assembled(cases, "sm_90", ptxas: null);
        Assert.Contains("unknown without ptxas", kernels.Note, StringComparison.Ordinal);
        Assert.NotEmpty(kernels.Rows);
        Assert.All(kernels.Rows, row => Assert.Equal(("sm_90", null, true), (row.Target, row.Registers, row.SharedBytes >= 0)));
    }

    [Fact]
    public void The_clock_is_that_of_the_fastest_processor()
    {
        Assert.Equal(2600.5, ProcessorClock.Fastest(["model name : x", "cpu MHz\t\t: 2100.000", "cpu MHz\t\t: 2600.500"]));
        Assert.Null(ProcessorClock.Fastest(["cpu MHz : none", "flags : a"]));
    }

    [Theory]
    [InlineData("version", "2", "is a passport of version 2, and this program reads version 1")]
    [InlineData("format", "\"other\"", "it has another format")]
    [InlineData("device", "null", "device has a value that does not fit")]
    [InlineData("ops", "[null]", "an op is null")]
    [InlineData("bench.gflops", "0", "a peak is not above 0")]
    [InlineData("bench.bandwidth.gbs", "[]", "the bandwidth has not one rate for each size")]
    [InlineData("bench.bandwidth.gbs", "[-1, 2]", "a bandwidth is not above 0")]
    [InlineData("verified.cases", "-1", "a number of cases is below 0")]
    [InlineData("verified.worst", "[null]", "an error is null")]
    [InlineData("ops.0.secondsMedian", "-1", "a median is not within its interval")]
    [InlineData("ops.0.percentOfPeak", "-5", "a rate is below 0 or without bound")]
    public void A_damaged_passport_is_refused_in_a_line(string place, string value, string message)
    {
        JsonNode passport = JsonNode.Parse(File.ReadAllText(Written("good.json", Made())))!;
        string[] names = place.Split('.');
        JsonNode parent = names[..^1].Aggregate(
            passport, (node, name) => int.TryParse(name, out int index) ? node[index]! : node[name]!);
        parent[names[^1]] = JsonNode.Parse(value);
        string line = TinyRun.Fails(1, "passport", "compare", _folder.Write("bad.json", passport.ToJsonString()));
        Assert.Contains(message, line, StringComparison.Ordinal);
        Assert.Contains("bad.json", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_and_lists_have_bounds_and_files_are_named_once()
    {
        Passport long1 = Made() with { Remarks = [new string('x', 501)] };
        Assert.Contains("more than 500 characters", Refused(1, Written("a.json", long1)), StringComparison.Ordinal);
        Passport many = Made() with { Remarks = [.. Enumerable.Repeat("x", 201)] };
        Assert.Contains("remarks has 201 entries", Refused(1, Written("b.json", many)), StringComparison.Ordinal);
        Assert.Contains("it is empty", Refused(1, _folder.Write("c.json", "")), StringComparison.Ordinal);
        Assert.Contains("it lacks", Refused(1, _folder.Write("d.json", "{\"ops\":[]}")), StringComparison.Ordinal);
        string good = Written("e.json", Made());
        Assert.Contains("is there twice", Refused(2, good, good), StringComparison.Ordinal);
        Assert.Contains("at most 6", Refused(2, [.. Enumerable.Repeat(good, 7)]), StringComparison.Ordinal);
        Assert.Contains("is read by this command", Refused(1, good, "--html", good), StringComparison.Ordinal);

        static string Refused(int code, params string[] args) => TinyRun.Fails(code, ["passport", "compare", .. args]);
    }

    [Fact]
    public void Devices_are_put_side_by_side()
    {
        string a = Written("a.json", Made());
        Passport other = Made(new() { ["Add [1]"] = "00", ["Add [2]"] = "ff", ["Mul [1]"] = "11", ["Mul [9]"] = "99" }) with
        {
            Ops = [Row("Add", "[64]", 4e-3), Row("Mul", "[16]", 8e-3)],
        };
        string b = Written("b.json", other);
        JsonElement result = JsonDocument.Parse(TinyRun.Succeeds("passport", "compare", a, b, "--json")).RootElement;
        JsonElement bits = result.GetProperty("devices")[1].GetProperty("bits");
        Assert.Equal((3, 2), (bits.GetProperty("common").GetInt32(), bits.GetProperty("equal").GetInt32()));
        Assert.Equal("Add [2]", Assert.Single(bits.GetProperty("different").EnumerateArray()).GetString());
        Assert.Equal("Mul", Assert.Single(result.GetProperty("opsOfSeveralShapes").EnumerateArray()).GetString());

        string text = TinyRun.Succeeds("passport", "compare", a, b);
        Assert.Contains("2 of 3", text, StringComparison.Ordinal);
        Assert.Contains("bits of B and A in some: Add", text, StringComparison.Ordinal);
        Assert.Contains("80 % of its limit", text, StringComparison.Ordinal);
        Assert.Matches(@"Add +\[64\] +forward +1000\.0 +50 +4000\.0 +50\n", text);
        Assert.Matches(@"Copy +\[64\] +forward +2000\.0 +50 +- +-\n", text);
        Assert.Matches(@"Mul +\[32\] +forward +3000\.0 +50 +other +-\n", text);
        Assert.Matches(@"Mul +\[16\] +forward +other +- +8000\.0 +50\n", text);
    }

    [Fact]
    public void Bits_are_counted_case_by_case_and_ops_by_all_of_theirs()
    {
        PassportChecks first = Checks(new() { ["A 1"] = "1", ["A 2"] = "2", ["B 1"] = "3", ["C 1"] = "4", ["D 1"] = "5" });
        PassportChecks other = Checks(new() { ["A 1"] = "1", ["A 2"] = "0", ["B 1"] = "3", ["C 1"] = "0", ["E 1"] = "5" });
        ComparedBits bits = ComparedBits.Of(first, other);
        Assert.Equal((4, 2, 2), (bits.Common, bits.Equal.Count, bits.Different.Count));
        Assert.Equal(["B"], bits.EqualOps);
        Assert.Equal(["A"], bits.MixedOps);
        Assert.Equal(["C"], bits.DifferentOps);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A passport that no device has.</summary>
    internal static Passport Made(Dictionary<string, string>? bits = null) => new(
        PassportFile.Format, PassportFile.Version, "2026-01-02T03:04:05Z", 12,
        new PassportMachine("0.1.0", "abc", "10.0", "1.5.3", "Linux", "x64", "CPU", 2, 2600, null),
        new PassportDevice(
            "host", "host", "X64 CPU", null, "Vector512", "float32", new Dictionary<string, string> { ["threads"] = "2" }),
        Checks(bits ?? new() { ["Add [1]"] = "00", ["Add [2]"] = "01", ["Mul [1]"] = "11" }),
        new PassportBench(
            "the largest case of each op", "warm", "case", 0.5, 0.005, 100, 10, 0, new BandwidthCurve([1e4, 1e6], [50, 10]), []),
        [Row("Add", "[64]", 1e-3), Row("Copy", "[64]", 2e-3), Row("Mul", "[32]", 3e-3)],
        new PassportKernels(null, "none are known", []), []);

    private static PassportChecks Checks(Dictionary<string, string> bits) =>
        new(bits.Count, 0, 0, [], [new PassportError("Add [1] output 0", 8e-7, 1e-6)], bits);

    private static BenchRow Row(string op, string shape, double seconds) => new(op, BenchRow.Calm, shape, BenchRow.Forward)
    {
        SecondsBest = seconds, SecondsMedian = seconds, SecondsLow = seconds, SecondsHigh = seconds, Runs = 9, Visits = 5,
        Gflops = 10, Gbs = 5, OperationsPerByte = 2, PercentOfPeak = 50,
    };

    private string Written(string name, Passport passport)
    {
        PassportFile.Write(_folder[name], passport);
        return _folder[name];
    }
}
