namespace Calm.Training;

/// <summary>
/// Finds where a local clock was set for daylight saving: in a night from Thursday to Sunday, in spring or autumn. Back:
/// exactly the stamps of one hour are written twice, once a year. Forward: exactly one hour is left out, about half a year
/// from there; in a file too short to hold a setting back, in a night to a Sunday.
/// </summary>
/// <remarks>Both tell that no time is missing and none doubled: the clock jumped, not the series.</remarks>
internal sealed class DaylightSaving
{
    private const int LastHourOfNight = 3;
    private const int LastHourOfDay = 23;
    private static readonly TimeSpan LeastApart = TimeSpan.FromDays(300);
    private static readonly TimeSpan ShortestSeason = TimeSpan.FromDays(100);
    private static readonly TimeSpan LongestSeason = TimeSpan.FromDays(265);

    private readonly decimal[] _local;
    private readonly decimal _step;

    private DaylightSaving(decimal[] local, decimal step)
    {
        (_local, _step) = (local, step);
        Back = SetBack();
        Forward = SetForward();
    }

    /// <summary>Rows before which the clock was set back.</summary>
    public List<int> Back { get; }

    /// <summary>Rows before which the clock was set forward.</summary>
    public List<int> Forward { get; }

    /// <summary>Finds the changes in a column of local times; null where its step does not divide an hour.</summary>
    /// <param name="local">Nanoseconds since 1970, by the local clock.</param>
    public static DaylightSaving? Find(decimal[] local)
    {
        decimal step = TimeStep.MostFrequentDifference(local);
        return step > 0 && DateStamp.Hour % step == 0 ? new DaylightSaving(local, step) : null;
    }

    /// <summary>The times by a clock that was never set after the first row.</summary>
    public decimal[] Straighten()
    {
        decimal[] times = [.. _local];
        HashSet<int> back = [.. Back];
        HashSet<int> forward = [.. Forward];
        decimal shift = 0;
        for (int row = 0; row < times.Length; row++)
        {
            shift += back.Contains(row) ? DateStamp.Hour : forward.Contains(row) ? -DateStamp.Hour : 0;
            times[row] += shift;
        }

        return times;
    }

    private List<int> SetBack()
    {
        List<int> found = [];
        int hour = (int)(DateStamp.Hour / _step);
        for (int row = hour; row <= _local.Length - hour; row++)
        {
            if (_local[row] - _local[row - 1] == _step - DateStamp.Hour && IsChangeNight(row)
                && IsWritten(row - hour, hour) && IsWritten(row, hour))
            {
                found.Add(row);
            }
        }

        // Clocks are set once a year: changes that come more often are something else.
        bool isYearly = found.Zip(found.Skip(1), (a, b) => Apart(a, b)).All(apart => apart >= LeastApart);
        return isYearly ? found : [];
    }

    /// <summary>Whether rows follow each other by steps.</summary>
    private bool IsWritten(int first, int count) =>
        Enumerable.Range(first + 1, count - 1).All(row => _local[row] - _local[row - 1] == _step);

    private List<int> SetForward()
    {
        List<int> found = [];
        for (int row = 1; row < _local.Length; row++)
        {
            bool isLeftOut = _local[row] - _local[row - 1] == _step + DateStamp.Hour;
            if (isLeftOut && IsChangeNight(row) && (Back.Count > 0 ? IsBetweenBacks(row) : IsLonelySunday(row)))
            {
                found.Add(row);
            }
        }

        return found.Zip(found.Skip(1), (a, b) => Apart(a, b)).All(apart => apart >= LeastApart) ? found : [];
    }

    private bool IsBetweenBacks(int row) => Back.All(back => Apart(row, back) >= ShortestSeason)
        && Back.Any(back => Apart(row, back) <= LongestSeason);

    /// <summary>Whether the file begins and ends too near to hold a setting back.</summary>
    private bool IsLonelySunday(int row) =>
        Date(row).DayOfWeek == DayOfWeek.Sunday && Apart(0, row) <= LongestSeason
        && Apart(row, _local.Length - 1) <= LongestSeason;

    /// <summary>Whether the time after a row's predecessor is one at which countries set their clocks.</summary>
    private bool IsChangeNight(int row)
    {
        DateTime time = Date(row - 1);
        return time.Month is (>= 2 and <= 4) or (>= 8 and <= 11) && time.Hour is <= LastHourOfNight or LastHourOfDay
            && time.DayOfWeek is >= DayOfWeek.Thursday or DayOfWeek.Sunday;
    }

    private DateTime Date(int row) => DateTime.UnixEpoch.AddDays((double)(_local[row] / DateStamp.Day));

    private TimeSpan Apart(int a, int b) => TimeSpan.FromDays((double)(Math.Abs(_local[b] - _local[a]) / DateStamp.Day));
}
