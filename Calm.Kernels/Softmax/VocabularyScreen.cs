using System.Runtime.Intrinsics.X86;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A token table rounded to 16-bit integers. <see cref="VocabularyArgMax"/> uses it to find the few ids that can have the
/// greatest logit of a row before it computes any. Made once for a table that does not change; half as large as the table.
/// </summary>
/// <remarks>
/// With step sizes s and t and integers q and p, h = s q + e and E[v] = t p[v] + f[v], so that by Cauchy and Schwarz
/// |h . E[v] - s t (q . p[v])| is at most |e| |E[v]| + s |q| |f[v]|. The sum q . p[v] is exact, at two products an instruction
/// and lane where floats take one.
/// </remarks>
public sealed unsafe class VocabularyScreen
{
    private const string Op = nameof(VocabularyScreen);

    // Smaller tables are multiplied faster than screened.
    private const int LeastIds = 2048;

    // Beyond these sizes products might leave the range of a float; such numbers are not screened.
    private const double LeastMagnitude = 1e-15;
    private const double MostMagnitude = 1e15;

    private readonly Tensor _table;
    private readonly Tensor _rounded;
    private readonly int _largest;
    private readonly double _step;
    private double _norm;
    private double _residual;

    private VocabularyScreen(Tensor table, Tensor rounded, int largest, double step)
    {
        _table = table;
        _rounded = rounded;
        _largest = largest;
        _step = step;
    }

    /// <summary>The panels, as the loops read them.</summary>
    internal ScreenPanels Panels =>
        new(_table.Pointer, _table.Rows, _table.Columns, _rounded.IntegerPointer, _largest, _step, _norm, _residual);

    /// <summary>Rounds a table.</summary>
    /// <param name="arena">Provides the memory.</param>
    /// <param name="table">[V, d].</param>
    /// <returns>Null for small tables, where there are no instructions for it, and for numbers out of range.</returns>
    public static VocabularyScreen? Create(Arena arena, Tensor table)
    {
        if (table.Rows < LeastIds || table.Device is not HostDevice { Instructions: InstructionSet.Vector512 } host
            || !Avx512BW.IsSupported)
        {
            return null;
        }

        float most = 0;
        foreach (float value in table.Span)
        {
            most = MathF.Max(most, MathF.Abs(value)); // a NaN stays
        }

        if (!InRange(most))
        {
            return null;
        }

        int panels = (table.Rows + ScreenPanels.Ids - 1) / ScreenPanels.Ids;
        int pairs = (table.Columns + 1) / 2;
        int largest = (int)Math.Min(short.MaxValue, Math.Sqrt(int.MaxValue / (2.0 * pairs)));
        Tensor rounded = arena.Rent(new Shape(panels, pairs * ScreenPanels.Ids), Op, ElementType.Int32);
        rounded.Clear();
        VocabularyScreen screen = new(table, rounded, largest, most / largest);
        screen.Round(host);
        return screen;
    }

    /// <summary>Whether it was made of this table.</summary>
    internal bool IsOf(Tensor table) => table.Shape == _table.Shape && table.Pointer == _table.Pointer;

    /// <summary>Whether all products stay in the range of a float.</summary>
    /// <param name="most">The greatest magnitude of a row or table.</param>
    internal static bool InRange(double most) => most is > LeastMagnitude and < MostMagnitude;

    private void Round(HostDevice host)
    {
        ScreenedRow[] rows = new ScreenedRow[_table.Rows];
        Chunks chunks = Chunks.Of(rows.Length, _table.Columns * 4L);
        fixed (ScreenedRow* results = rows)
        {
            host.Team.Run(chunks.Count, new RoundJob(Panels, results, chunks));
        }

        _norm = rows.Max(row => row.Norm);
        _residual = rows.Max(row => row.Residual);
    }

    private readonly struct RoundJob(ScreenPanels panels, ScreenedRow* rows, Chunks ids) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long id = ids.Start(chunk); id < ids.End(chunk); id++)
            {
                short* target = (short*)(panels.Panel(id / ScreenPanels.Ids) + id % ScreenPanels.Ids);
                rows[id] = ScreenedRow.Round(panels.Row(id), panels.Width, (float)panels.Step, target, ScreenPanels.Ids);
            }
        }
    }
}

/// <summary>The panels of a <see cref="VocabularyScreen"/>: for each pair of columns, that of 32 ids side by side.</summary>
/// <param name="table">[V, d].</param>
/// <param name="count">V.</param>
/// <param name="width">d.</param>
/// <param name="rounded">The first panel.</param>
/// <param name="largest">The largest integer of a row, such that no sum of products overflows.</param>
/// <param name="step">Step size of the integers.</param>
/// <param name="norm">The greatest length of a row of the table.</param>
/// <param name="residual">The greatest rounding error of a row, as a length.</param>
internal readonly unsafe struct ScreenPanels(
    float* table, int count, int width, int* rounded, int largest, double step, double norm, double residual)
{
    /// <summary>Ids side by side in a panel: two registers.</summary>
    public const int Ids = 32;

    /// <summary>V.</summary>
    public int Vocabulary => count;

    /// <summary>d.</summary>
    public int Width => width;

    /// <summary>Pairs of neighbouring columns; the last is filled up with a zero.</summary>
    public int Pairs => (width + 1) / 2;

    /// <summary>Number of panels.</summary>
    public int Count => (count + Ids - 1) / Ids;

    /// <summary>The largest integer of a row.</summary>
    public int Largest => largest;

    /// <summary>Step size of the integers.</summary>
    public double Step => step;

    /// <summary>A panel's first pair.</summary>
    public int* Panel(long panel) => rounded + panel * Pairs * Ids;

    /// <summary>A row of the table as it is.</summary>
    public float* Row(long id) => table + id * width;

    /// <summary>
    /// Maximum distance of a winner's integer sum from the greatest one; -1 if the row cannot be screened.
    /// </summary>
    /// <param name="row">The result of rounding the row.</param>
    public long Tolerance(ScreenedRow row)
    {
        if (!VocabularyScreen.InRange(row.Most))
        {
            return -1;
        }

        // Logits are sums of d products in float: their own rounding counts as well. A thousandth covers that of this bound.
        double rounding = (width + 4) * Math.ScaleB(1, -24) * row.Norm * norm;
        double error = row.Residual * norm + (row.Norm + row.Residual) * residual + rounding;
        double tolerance = 2.002 * error / (row.Step * step);
        return tolerance < int.MaxValue ? (long)tolerance + 1 : -1;
    }
}

/// <summary>The result of rounding a row to integers.</summary>
/// <param name="Most">Its greatest magnitude; NaN if it has one.</param>
/// <param name="Step">Step size of the integers.</param>
/// <param name="Norm">Its length.</param>
/// <param name="Residual">The length of the rounding error.</param>
internal readonly unsafe record struct ScreenedRow(double Most, double Step, double Norm, double Residual)
{
    /// <summary>Rounds a row whose greatest number is to become <paramref name="largest"/>.</summary>
    public static ScreenedRow RoundTo(int largest, float* x, int count, short* target, int width)
    {
        float most = 0;
        for (int k = 0; k < count; k++)
        {
            most = MathF.Max(most, MathF.Abs(x[k]));
        }

        return Round(x, count, most / largest, target, width) with { Most = most };
    }

    /// <summary>Rounds a row to multiples of a step, in pairs at a distance of <paramref name="width"/> pairs.</summary>
    public static ScreenedRow Round(float* x, int count, float step, short* target, int width)
    {
        double norm = 0;
        double residual = 0;
        float scale = 1 / step;
        for (int k = 0; k < count; k++)
        {
            float rounded = MathF.Round(x[k] * scale);
            double left = x[k] - (double)step * rounded;
            target[k / 2 * 2 * width + (k & 1)] = (short)rounded;
            norm += (double)x[k] * x[k];
            residual += left * left;
        }

        return new ScreenedRow(0, step, Math.Sqrt(norm), Math.Sqrt(residual));
    }
}
