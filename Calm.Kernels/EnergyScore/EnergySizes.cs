namespace Calm.Kernels;

/// <summary>The sizes of an energy score, and how the host cuts its work.</summary>
/// <param name="Positions">M.</param>
/// <param name="Draws">S, at least 2.</param>
/// <param name="Targets">N, at least 1.</param>
/// <param name="Columns">L, components of a draw.</param>
internal readonly record struct EnergySizes(int Positions, int Draws, int Targets, int Columns)
{
    // Targets are made and used in blocks of about 16 KB: half of most machines' first cache.
    private const int BlockFloats = 4096;
    private const int MinBlockRows = 8;

    /// <summary>Length of a row in scratch memory.</summary>
    public int Stride => PairEnergy.RoundUp(Columns, PairEnergy.ColumnTile);

    /// <summary>Rows that the draws of a position take in scratch memory.</summary>
    public int DrawRows => PairEnergy.RoundUp(Draws, PairEnergy.DrawTile);

    /// <summary>Rows of y that are taken at once, a multiple of PairEnergy.TargetTile.</summary>
    public int BlockRows => PairEnergy.RoundUp(
        Math.Min(Math.Max(BlockFloats / Stride, MinBlockRows), Math.Max(Draws, Targets)), PairEnergy.TargetTile);

    /// <summary>Ordered pairs of different draws.</summary>
    public double DrawPairs => (double)Draws * (Draws - 1);

    /// <summary>Pairs of a draw and a target.</summary>
    public double TargetPairs => (double)Draws * Targets;

    /// <summary>Operations of all distances, 3 a component: with their gradient twice as many.</summary>
    public double DistanceFlops => 3 * (DrawPairs + TargetPairs) * Columns * Positions;

    /// <summary>Operations of making all targets: a normal number and a multiply-add a component, and the deviations.</summary>
    public double NoiseFlops => ((Operations.Normal + 2) * Targets + Operations.Exponential) * Columns * Positions;

    /// <summary>Simple operations a position, for cutting positions into chunks.</summary>
    public long WorkPerPosition => (6L * Draws + 30) * (Draws + Targets) * Columns;
}
