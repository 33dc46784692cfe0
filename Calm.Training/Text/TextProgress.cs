namespace Calm.Training;

/// <summary>Reports the share of some files that has been read.</summary>
/// <param name="total">Bytes of all files.</param>
/// <param name="report">Receives the share.</param>
internal sealed class TextProgress(long total, IProgress<double> report)
{
    private long _done;

    /// <summary>Counts bytes that were read.</summary>
    public void Add(long bytes)
    {
        _done += bytes;
        report.Report(Math.Min(1, (double)_done / Math.Max(1, total)));
    }
}
