using Calm.Runtime;

namespace Calm.Training;

/// <summary>Settings for reading and tokenising a series.</summary>
/// <param name="Kind">Levels or text.</param>
/// <param name="Levels">Levels of a column.</param>
/// <param name="Rule">The rule that divides values into levels.</param>
/// <param name="Difference">Whether to model changes instead of values.</param>
/// <param name="Decimals">Decimals of text.</param>
/// <param name="HeldOut">The share at the end to hold out, between 0 and 1.</param>
internal sealed record SeriesPlan(
    SeriesKind Kind, int Levels, LevelRule Rule, bool Difference, int Decimals, double HeldOut);

/// <summary>Makes a corpus of a series, split by time: the held-out part is later than the training part.</summary>
internal static class SeriesCorpus
{
    private const int FewestRows = 4;

    /// <summary>Tokenises a series into a folder.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="reading">The series.</param>
    /// <param name="plan">The settings.</param>
    /// <param name="chooseTokenizer">Levels of an earlier series, or what text is written with; null to fit levels.</param>
    /// <param name="patchSize">K.</param>
    /// <exception cref="CalmException">The series is too short, or its rows do not fit into patches.</exception>
    public static Corpus Build(
        string folder, SeriesReading reading, SeriesPlan plan, Func<IEnumerable<Document>, ITokenizer>? chooseTokenizer,
        int patchSize)
    {
        SeriesTable table = reading.Table;
        int heldOut = Math.Max(1, (int)Math.Round(table.Rows * plan.HeldOut));
        int train = table.Rows - heldOut;
        if (train < FewestRows)
        {
            throw new CalmException($"series: {table.Rows} rows, {heldOut} of them held out, are too few to learn from.");
        }

        if (plan.Difference && table.Changes() is var changes && !changes.Values(0, changes.Rows).ToArray().All(double.IsFinite))
        {
            throw new SettingException(
                "difference: some rows differ by more than the largest number; leave it out, or give values in a larger unit.");
        }

        int phases = plan.Kind == SeriesKind.Levels ? RowsPerPatch(table.Columns.Length, patchSize) : 1;
        SeriesTable training = table.Slice(0, train);
        SeriesInfo info = new(
            SeriesInfo.FormatName, SeriesInfo.FormatVersion, plan.Kind, table.Columns, plan.Difference,
            plan.Kind == SeriesKind.Text ? plan.Decimals : null, train,
            reading.Fill, reading.Clock);
        Disk.CreateFolder(folder);
        info.Save(folder, table);

        // Held-out changes begin with the one that leads to the first held-out row.
        int before = plan.Difference ? 1 : 0;
        SeriesTable later = table.Slice(train - before, heldOut + before);
        Document[] learnt = [.. Phases(training, info, phases)];
        return Corpus.Write(
            folder, learnt, [new Document("held out", info.ToLines(later))],
            chooseTokenizer?.Invoke(learnt) ?? Fit(training, plan), patchSize);
    }

    /// <summary>Rows per patch of levels. A row may also take several patches.</summary>
    /// <exception cref="SettingException">Neither is a multiple of the other.</exception>
    public static int RowsPerPatch(int columns, int patchSize) =>
        patchSize % columns == 0 || columns % patchSize == 0
            ? Math.Max(1, patchSize / columns)
            : throw new SettingException(
                $"columns: rows of {columns} values do not fit into patches of {patchSize}; "
                + $"set autoencoder.patch_size to a multiple of {columns}.");

    /// <summary>
    /// The K that fits rows of levels: the least from a preferred one to four times that; if none fits, the largest below.
    /// </summary>
    /// <param name="columns">Values of a row.</param>
    /// <param name="preferred">The K to begin with.</param>
    /// <param name="context">Tokens that must be whole patches, at least two; 0 for any.</param>
    public static int FittingPatch(int columns, int preferred, int context = 0)
    {
        IEnumerable<int> above = Enumerable.Range(preferred, 3 * preferred + 1);
        IEnumerable<int> below = Enumerable.Range(1, preferred).Reverse();
        return above.Concat(below).First(size =>
            (size % columns == 0 || columns % size == 0) && (size == 1 || (context % size == 0 && context / size != 1)));
    }

    private static LevelsTokenizer Fit(SeriesTable training, SeriesPlan plan)
    {
        SeriesTable values = plan.Difference ? training.Changes() : training;
        return new LevelsTokenizer([.. values.Columns.Select(
            (name, column) => LevelColumn.Fit(name, values.Column(column), plan.Levels, plan.Rule))]);
    }

    /// <summary>
    /// The training part once from each row that a patch can begin with: a forecast may begin after any row, and patches
    /// never span documents.
    /// </summary>
    private static IEnumerable<Document> Phases(SeriesTable training, SeriesInfo info, int phases) =>
        Enumerable.Range(0, Math.Min(phases, training.Rows - 2)).Select(
            phase => new Document($"from row {phase + 1}", info.ToLines(training.Slice(phase, training.Rows - phase))));
}
