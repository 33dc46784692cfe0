namespace Calm.Cli;

/// <summary>The table of a series' forecasts.</summary>
internal static class ForecastReport
{
    /// <summary>Writes a line for each forecaster.</summary>
    public static void Write(TextWriter writer, SeriesResult result)
    {
        writer.WriteLine(
            $"forecasts of {result.Horizon} rows at {result.Windows} held-out moments, {result.Members} draws each, season of "
            + $"{result.Season} rows; {result.MalformedRows} malformed rows");
        writer.WriteLine("a standard deviation is " + string.Join(
            ", ", result.Columns.Zip(result.Unit, (name, unit) => $"{unit:G4} of {name}")));
        writer.WriteLine($"{"energy score, less is better",-32}{"mean",8}  95 % interval     calm less this, 95 % interval");
        foreach (ForecasterScore score in result.Scores)
        {
            string line = $"{score.Name,-32}{score.EnergyScore,8:F4}  {score.Interval[0]:F4} to {score.Interval[1]:F4}";
            writer.WriteLine(score.Name == SeriesEvaluator.ModelName
                ? line
                : $"{line}  {score.CalmMinus,8:F4}  {score.CalmMinusInterval[0]:F4} to {score.CalmMinusInterval[1]:F4}");
        }
    }
}
