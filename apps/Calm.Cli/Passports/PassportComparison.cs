namespace Calm.Cli;

/// <summary>An op at one shape and in one direction, over devices.</summary>
/// <param name="Op">The op.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Direction">forward or backward.</param>
/// <param name="Rows">The times, one a device; null where it was not timed.</param>
/// <param name="HasOtherShape">Whether a device without a time here was timed at another shape.</param>
internal sealed record ComparedOp(
    string Op, string Shape, string Direction, IReadOnlyList<BenchRow?> Rows, IReadOnlyList<bool> HasOtherShape);

/// <summary>Devices side by side.</summary>
/// <param name="Devices">The devices, in the order of their files.</param>
/// <param name="Ops">Every op that one of them timed.</param>
internal sealed record PassportComparison(IReadOnlyList<ComparedDevice> Devices, IReadOnlyList<ComparedOp> Ops)
{
    /// <summary>Devices that charts have colours for.</summary>
    public const int MostDevices = 6;

    /// <summary>Ops that devices timed at different shapes.</summary>
    public IReadOnlyList<string> OpsOfSeveralShapes =>
        [.. Ops.Where(op => op.HasOtherShape.Contains(true)).Select(op => op.Op).Distinct()];

    /// <summary>A sentence on shapes that differ; null if all are the same.</summary>
    public string? ShapesNote => OpsOfSeveralShapes is { Count: > 0 } ops
        ? $"Shapes differ for {Readable.Count(ops.Count, "op")}: a device that timed an op at another shape has "
            + $"\"{OtherShape}\" there, and a line of its own."
        : null;

    /// <summary>The word for a time that is at another shape.</summary>
    public const string OtherShape = "other";

    /// <summary>Compares passports; bits with those of the first.</summary>
    public static PassportComparison Of(IReadOnlyList<(string Path, Passport Passport)> passports) => new(
        [
            .. passports.Select((one, i) => new ComparedDevice(
                $"{(char)('A' + i)}", one.Path, one.Passport,
                i == 0 ? null : ComparedBits.Of(passports[0].Passport.Verified, one.Passport.Verified))),
        ],
        OpsOf([.. passports.Select(one => one.Passport)]));

    /// <summary>The comparison as JSON has it.</summary>
    /// <param name="page">The page that was written; null for none.</param>
    public object ToJson(string? page) => new
    {
        devices = Devices.Select(device => new
        {
            letter = device.Letter,
            file = Path.GetFullPath(device.File),
            machine = device.Passport.Machine,
            device = device.Passport.Device,
            cases = device.Passport.Verified.Cases,
            failed = device.Passport.Verified.Failed,
            leftOut = device.Passport.Verified.LeftOut,
            worst = device.Worst,
            bits = device.Bits is { } bits
                ? new { common = bits.Common, equal = bits.Equal.Count, different = bits.Different }
                : null,
            bench = device.Passport.Bench,
            remarks = device.Remarks(),
        }),
        ops = Ops.Select(op => new
        {
            op = op.Op,
            shape = op.Shape,
            direction = op.Direction,
            times = op.Rows.Select((row, i) => row is null ? null : new
            {
                device = Devices[i].Letter,
                secondsMedian = row.SecondsMedian,
                percentOfPeak = row.PercentOfPeak,
            }),
        }),
        opsOfSeveralShapes = OpsOfSeveralShapes,
        page = page is null ? null : Path.GetFullPath(page),
    };

    private static ComparedOp[] OpsOf(IReadOnlyList<Passport> passports)
    {
        BenchRow[][] timed =
            [.. passports.Select(p => p.Ops.Where(row => row is { IsTimed: true, Provider: BenchRow.Calm }).ToArray())];
        return
        [
            .. timed.SelectMany(rows => rows)
                .Select(row => (row.Name, row.Shape, row.Direction))
                .Distinct()
                .OrderBy(key => key.Name, StringComparer.Ordinal)
                .Select(key => OpOf(key.Name, key.Shape, key.Direction, timed)),
        ];
    }

    private static ComparedOp OpOf(string op, string shape, string direction, BenchRow[][] timed)
    {
        BenchRow?[] rows =
            [.. timed.Select(own => own.FirstOrDefault(r => r.Name == op && r.Shape == shape && r.Direction == direction))];
        bool[] others = [.. timed.Select((own, i) => rows[i] is null && own.Any(r => r.Name == op && r.Direction == direction))];
        return new ComparedOp(op, shape, direction, rows, others);
    }
}
