using Calm.Kernels;

namespace Calm.Bench;

/// <summary>
/// Two ops of Calm under their own names and shapes, which do 5 % more work than they say where the environment asks for it:
/// the kernel that became slower. One is bound by memory, the other by arithmetic.
/// </summary>
internal static class SlowedCases
{
    /// <summary>The environment variable; 1 makes the ops slower.</summary>
    public const string Variable = "CALM_BENCH_SLOWED";

    private const int Rows = 2000;
    private const int SlowedRows = 2100;

    /// <summary>Makes a case of as many rows as are computed, under the name of the usual number.</summary>
    public static OpCase Of(Func<int, OpCase> atRows)
    {
        OpCase usual = atRows(Rows);
        return Environment.GetEnvironmentVariable(Variable) == "1"
            ? atRows(SlowedRows) with { Label = usual.Label, Forward = usual.Forward, Backward = usual.Backward }
            : usual;
    }
}

/// <summary>Rows of 256, which the caches hold.</summary>
internal sealed class SlowedRmsNormCases : IOpCases
{
    public IEnumerable<OpCase> All() => [SlowedCases.Of(rows => RmsNormCases.Of(rows, 256))];
}

/// <summary>A product of 256 by 256 weights.</summary>
internal sealed class SlowedLinearCases : IOpCases
{
    private static readonly CaseSweep Sweep = new LinearCases().Sweep;

    public IEnumerable<OpCase> All() =>
        [SlowedCases.Of(rows => Sweep.At(new Dictionary<string, int> { ["M"] = rows, ["N"] = 256, ["K"] = 256 }))];
}
