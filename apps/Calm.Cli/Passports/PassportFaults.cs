using Calm.Kernels;

namespace Calm.Cli;

/// <summary>Finds what a passport must not hold: texts and lists without end, numbers that no measurement gives.</summary>
internal static class PassportFaults
{
    private const int MostCharacters = 500;
    private const int MostRows = 4000;
    private const int MostLines = 200;
    private const double Largest = 1e15;

    /// <summary>The first fault; null if there is none.</summary>
    public static string? First(Passport passport) =>
        Lists(passport) ?? Nulls(passport) ?? Texts(passport) ?? Times(passport) ?? Rates(passport.Bench);

    private static string? Lists(Passport passport)
    {
        (string Name, int Count, int Most)[] lists =
        [
            ("ops", passport.Ops.Count, MostRows),
            ("verified.bits", passport.Verified.Bits.Count, MostRows),
            ("kernels.rows", passport.Kernels.Rows.Count, MostRows),
            ("verified.worst", passport.Verified.Worst.Count, MostLines),
            ("verified.failures", passport.Verified.Failures.Count, MostLines),
            ("device.capabilities", passport.Device.Capabilities.Count, MostLines),
            ("bench.warnings", passport.Bench?.Warnings.Count ?? 0, MostLines),
            ("remarks", passport.Remarks.Count, MostLines),
        ];
        return lists.FirstOrDefault(list => list.Count > list.Most) is { Name: { } name } found
            ? $"{name} has {found.Count} entries, at most {found.Most} are expected"
            : null;
    }

    private static string? Nulls(Passport passport) =>
        passport.Ops.Any(row => row is null) ? "an op is null"
        : passport.Kernels.Rows.Any(row => row is null) ? "a kernel is null"
        : passport.Verified.Worst.Any(error => error is null) ? "an error is null"
        : null;

    private static string? Texts(Passport passport)
    {
        IEnumerable<string?> texts =
        [
            passport.Made, passport.Machine.Calm, passport.Machine.Commit, passport.Machine.Dotnet, passport.Machine.Ilgpu,
            passport.Machine.Os, passport.Machine.Architecture, passport.Machine.Cpu, passport.Device.Name,
            passport.Device.Kind, passport.Device.Description, passport.Device.Driver, passport.Device.Form,
            passport.Device.Precision, passport.Bench?.Cases, passport.Bench?.Cache, passport.Bench?.Inputs,
            passport.Kernels.Target, passport.Kernels.Note, .. passport.Remarks, .. passport.Verified.Failures,
            .. passport.Bench?.Warnings ?? [], .. passport.Verified.Worst.Select(error => error.Name),
            .. passport.Device.Capabilities.SelectMany(c => new[] { c.Key, c.Value }),
            .. passport.Verified.Bits.SelectMany(b => new[] { b.Key, b.Value }),
            .. passport.Ops.SelectMany(row => new[] { row.Key, row.Roof, row.Checked, row.Form, row.Remark }),
            .. passport.Kernels.Rows.SelectMany(
                row => new[] { row.Op, row.Name, row.Family, row.Target, row.Entry, row.Occupancy?.Limit }),
        ];
        return texts.Any(text => text?.Length > MostCharacters) ? $"a text has more than {MostCharacters} characters" : null;
    }

    private static string? Times(Passport passport) =>
        passport.Ops.GroupBy(row => row.Key).Any(same => same.Count() > 1) ? "an op is there twice"
        : passport.Ops.Any(row => row.IsTimed && !IsInOrder(row)) ? "a median is not within its interval"
        : passport.Ops.Any(row => !Positive(row.Gflops) || !Positive(row.Gbs) || !Positive(row.PercentOfPeak))
            ? "a rate is below 0 or without bound"
        : passport.Verified is not { Cases: >= 0, Failed: >= 0, LeftOut: >= 0 } ? "a number of cases is below 0"
        : null;

    private static bool IsInOrder(BenchRow row) =>
        row is { SecondsBest: > 0, SecondsMedian: > 0 and < Largest } && row.SecondsBest <= row.SecondsMedian
        && row.SecondsLow <= row.SecondsMedian && row.SecondsMedian <= row.SecondsHigh;

    private static bool Positive(double? rate) => rate is null or (>= 0 and < Largest);

    private static string? Rates(PassportBench? bench)
    {
        if (bench is null)
        {
            return null;
        }

        BandwidthCurve curve = bench.Bandwidth;
        return bench is not { Gflops: > 0 and < Largest, Gbs: > 0 and < Largest, TensorGflops: >= 0 and < Largest }
                ? "a peak is not above 0"
            : curve.Bytes.Count == 0 || curve.Bytes.Count != curve.Gbs.Count || curve.Bytes.Count > MostLines
                ? "the bandwidth has not one rate for each size"
            : curve.Bytes.Concat(curve.Gbs).Any(value => value is not (> 0 and < Largest)) ? "a bandwidth is not above 0"
            : null;
    }
}
