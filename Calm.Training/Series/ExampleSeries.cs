using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A made-up sensor with a row an hour: the load of a building and the temperature outside. Both have a day; the load has a
/// week, follows the temperature, and moves between two regimes that last about three weeks each; both are disturbed by
/// first-order autoregressive noise. The same seed gives the same numbers.
/// </summary>
internal static class ExampleSeries
{
    private const int HoursOfDay = 24;
    private const int HoursOfWeek = 168;
    private const int MostHours = 10_000_000;
    private const double HoursOfRegime = 500;
    private const double RegimeHeight = 12;

    /// <summary>Makes the series.</summary>
    /// <param name="rows">Hours.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <returns>Columns hour, load and temperature; numbers with two decimals.</returns>
    /// <exception cref="Calm.Runtime.SettingException">That is more hours than anyone has measured.</exception>
    public static SeriesTable Make(int rows, ulong seed)
    {
        if (rows is < 1 or > MostHours)
        {
            throw new Calm.Runtime.SettingException($"rows is {rows}, expected 1 to {MostHours}.");
        }

        RandomStream air = RandomStreams.Disturbance(seed, 0);
        RandomStream use = RandomStreams.Disturbance(seed, 1);
        RandomStream change = RandomStreams.Disturbance(seed, 2);
        double[] values = new double[rows * 3];
        double airNoise = 0;
        double useNoise = 0;
        bool busy = false;
        for (int hour = 0; hour < rows; hour++)
        {
            airNoise = 0.97 * airNoise + 0.5 * air.Normal((ulong)hour);
            useNoise = 0.9 * useNoise + 1.2 * use.Normal((ulong)hour);
            busy ^= change.Uniform((ulong)hour) < 1 / HoursOfRegime;
            double day = 2 * Math.PI * (hour % HoursOfDay) / HoursOfDay;
            bool weekend = hour % HoursOfWeek >= 5 * HoursOfDay;
            double temperature = 12 - 6 * Math.Cos(day - 0.8) + airNoise;
            double load = 60 + (weekend ? 6 : 16) * -Math.Cos(day - 0.4) + 4 * Math.Sin(2 * day)
                + (busy ? RegimeHeight : 0) + 0.6 * (temperature - 12) + useNoise;
            values[3 * hour] = hour;
            values[3 * hour + 1] = Math.Round(load, 2);
            values[3 * hour + 2] = Math.Round(temperature, 2);
        }

        return new SeriesTable(["hour", "load", "temperature"], values);
    }
}
