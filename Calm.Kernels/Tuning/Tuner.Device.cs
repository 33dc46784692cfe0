using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Finds the fastest candidate of each choice that work has. All choices of a level are tried side by side: in turn k each
/// takes its k-th candidate, and the device's timer tells the launches apart. Turns alternate with the built-in choices.
/// </summary>
/// <param name="gpu">The device, opened for profiling.</param>
/// <param name="work">The work.</param>
/// <param name="seconds">Time to spend on each turn's candidates; they have at least five turns.</param>
/// <param name="report">Hears how far it is.</param>
internal sealed class Tuner(IlgpuDevice gpu, TunedWork work, double seconds, Action<string>? report = null)
{
    private const int FewestRounds = 5;
    private const int MostRounds = 50;

    private readonly ChoiceWatch _watch = new(gpu);
    private readonly List<TriedCandidate> _tried = [];
    private IReadOnlyList<int[]> _wanted = [];

    /// <summary>Tries all candidates and compares the work before and after. The table is not changed.</summary>
    /// <exception cref="CalmException">The device has failed.</exception>
    public TuningOutcome Run()
    {
        Tuning tuning = Tuning.Of(gpu);
        (tuning.Chooser, gpu.Watch) = (_watch, _watch);
        try
        {
            _wanted = work.Results();
            foreach (ChoiceLevel level in Enum.GetValues<ChoiceLevel>())
            {
                _watch.Begin(level);
                work.Run();
                TryLevel();
            }

            TunedTimes? times = _watch.Found.Count > 0 ? Compare() : null;
            bool isKept = times is { IsSlower: false };
            return new TuningOutcome(
                isKept ? _tried : [.. _tried.Select(t => t with { IsKept = false })],
                isKept ? [.. _watch.Found.Select(found => found.Key.Entry(found.Value))] : [], times);
        }
        finally
        {
            (tuning.Chooser, gpu.Watch) = (null, null);
        }
    }

    private void TryLevel()
    {
        Dictionary<ChoiceOfWork, List<CandidateTimes>> candidates = [];
        foreach (ChoiceOfWork choice in _watch.Asked)
        {
            List<CandidateTimes> own = CandidatesOf(choice);
            if (own.Count > 1)
            {
                candidates.Add(choice, own);
            }
        }

        List<List<CandidateTimes>> turns = [];
        int most = candidates.Values.Select(own => own.Count).DefaultIfEmpty(0).Max();
        for (int turn = 1; turn < most; turn++)
        {
            report?.Invoke($"checking candidates {turn} of {most - 1}, level {_watch.Level}");
            turns.Add([.. candidates.Values.Where(own => own.Count > turn).Select(own => own[turn])]);
            Check(turns[^1]);
        }

        foreach (List<CandidateTimes> turn in turns)
        {
            turn.RemoveAll(candidate => candidate.Refused is not null);
        }

        List<CandidateTimes> byDefault = [.. candidates.Values.Select(own => own[0])];
        TakeNeeds(byDefault);
        Time([byDefault, .. turns.Where(turn => turn.Count > 0)], FewestRounds);
        Keep(candidates);
    }

    /// <summary>The built-in choice first, then all others.</summary>
    private List<CandidateTimes> CandidatesOf(ChoiceOfWork choice)
    {
        int byDefault = _watch.DefaultOf(choice);
        List<CandidateTimes> candidates = [new(choice, byDefault)];
        foreach (int value in choice.Choice.Kind.Values)
        {
            if (value != byDefault && choice.Choice.Kind.Suits(gpu, value))
            {
                candidates.Add(new(choice, value) { Refused = choice.Choice.RefusalOf(gpu, value) });
            }
        }

        return candidates;
    }

    /// <summary>Compares the results with those of the built-in choices; finds out whose fault a difference is.</summary>
    private void Check(IReadOnlyList<CandidateTimes> all)
    {
        CandidateTimes[] trial = [.. all.Where(candidate => candidate.Refused is null)];
        if (trial.Length == 0 || Problem(trial) is not { } problem)
        {
            return;
        }

        if (trial.Length == 1)
        {
            trial[0].Refused = problem;
            return;
        }

        Check(trial[..(trial.Length / 2)]);
        Check(trial[(trial.Length / 2)..]);
    }

    private string? Problem(IReadOnlyList<CandidateTimes> trial)
    {
        try
        {
            _watch.Trial = ChoicesOf(trial);
            IReadOnlyList<int[]> got = work.Results();
            bool isSame = got.Count == _wanted.Count
                && got.Zip(_wanted).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
            TakeNeedsOf(trial);
            return isSame ? null : "gives other bits than the built-in choice";
        }
        catch (CalmException failure) when (!gpu.IsLost)
        {
            return failure.Message;
        }
        finally
        {
            _watch.Trial = new Dictionary<ChoiceOfWork, int>();
        }
    }

    private void TakeNeeds(IReadOnlyList<CandidateTimes> byDefault)
    {
        if (byDefault.Count > 0)
        {
            work.Run();
            TakeNeedsOf(byDefault);
        }
    }

    private void TakeNeedsOf(IEnumerable<CandidateTimes> candidates)
    {
        foreach (CandidateTimes candidate in candidates)
        {
            candidate.Needs = _watch.TakeNeeds(candidate.Choice);
        }
    }

    /// <summary>Times sets of candidates in turns, forwards and backwards.</summary>
    private void Time(IReadOnlyList<List<CandidateTimes>> turns, int fewest)
    {
        if (turns.Count < 2)
        {
            return;
        }

        long start = Stopwatch.GetTimestamp();
        double most = seconds * turns.Count;
        for (int round = 0; round < MostRounds; round++)
        {
            if (round >= fewest && Stopwatch.GetElapsedTime(start).TotalSeconds >= most)
            {
                break;
            }

            report?.Invoke($"timing {turns.Count - 1} candidates of each choice, level {_watch.Level}, round {round + 1}");
            foreach (List<CandidateTimes> turn in round % 2 == 0 ? turns : turns.Reverse())
            {
                _watch.Trial = ChoicesOf(turn);
                Dictionary<string, double> times = TimesByLabel();
                foreach (CandidateTimes candidate in turn)
                {
                    candidate.Seconds.Add(times.GetValueOrDefault(_watch.LabelOf(candidate.Choice)));
                }
            }
        }

        _watch.Trial = new Dictionary<ChoiceOfWork, int>();
    }

    private Dictionary<string, double> TimesByLabel() => Profiler.Run(gpu, work.Run).Calls
        .SelectMany(call => call.Kernels).GroupBy(kernel => kernel.Name)
        .ToDictionary(group => group.Key, group => group.Sum(kernel => kernel.Seconds));

    /// <summary>Times the winners once more beside the built-in choices: of many, some look fast by chance.</summary>
    private void Keep(Dictionary<ChoiceOfWork, List<CandidateTimes>> candidates)
    {
        List<CandidateTimes> winners = [];
        List<CandidateTimes> rivals = [];
        foreach (List<CandidateTimes> own in candidates.Values)
        {
            CandidateTimes? best = own.Skip(1).Where(c => c.Seconds.Count > 0).MinBy(c => c.Seconds.Min());
            if (best is not null && TuningTimes.IsFaster(best.Seconds, own[0].Seconds))
            {
                winners.Add(new CandidateTimes(best.Choice, best.Value));
                rivals.Add(new CandidateTimes(best.Choice, own[0].Value));
            }
        }

        if (winners.Count > 0)
        {
            Time([rivals, winners], 2 * FewestRounds);
        }

        foreach (var (winner, rival) in winners.Zip(rivals))
        {
            if (TuningTimes.IsFaster(winner.Seconds, rival.Seconds))
            {
                _watch.Found.Add(winner.Choice, winner.Value);
            }
        }

        foreach (List<CandidateTimes> own in candidates.Values)
        {
            int? found = _watch.Found.TryGetValue(own[0].Choice, out int value) ? value : null;
            _tried.AddRange(own.Select((candidate, i) => candidate.ToTried(i == 0, candidate.Value == found)));
        }
    }

    private TunedTimes Compare()
    {
        Dictionary<ChoiceOfWork, int> found = new(_watch.Found);
        List<double> before = [];
        List<double> after = [];
        gpu.Watch = null; // no labels: the work as ever
        long start = Stopwatch.GetTimestamp();
        while (before.Count < 2 * FewestRounds
            || (before.Count < MostRounds && Stopwatch.GetElapsedTime(start).TotalSeconds < 4 * seconds))
        {
            report?.Invoke($"the work before and after, round {before.Count + 1}");
            _watch.Found.Clear();
            before.Add(Seconds());
            foreach ((ChoiceOfWork choice, int value) in found)
            {
                _watch.Found.Add(choice, value);
            }

            after.Add(Seconds());
        }

        return new TunedTimes(before, after);
    }

    private double Seconds()
    {
        gpu.Synchronize();
        long begin = Stopwatch.GetTimestamp();
        work.Run();
        gpu.Synchronize();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static Dictionary<ChoiceOfWork, int> ChoicesOf(IEnumerable<CandidateTimes> candidates) =>
        candidates.ToDictionary(candidate => candidate.Choice, candidate => candidate.Value);

    /// <summary>A candidate with its times.</summary>
    private sealed class CandidateTimes(ChoiceOfWork choice, int value)
    {
        public ChoiceOfWork Choice => choice;

        public int Value => value;

        public List<double> Seconds { get; } = [];

        public string? Refused { get; set; }

        public (int? Registers, long? PrivateBytes) Needs { get; set; }

        public TriedCandidate ToTried(bool isDefault, bool isKept)
        {
            TunedEntry entry = choice.Entry(value);
            return new TriedCandidate(entry.Choice, entry.Of, entry.Size, entry.Candidate)
            {
                IsDefault = isDefault,
                SecondsBest = Seconds.Count > 0 ? Seconds.Min() : null,
                SecondsMedian = Seconds.Count > 0 ? TuningTimes.Median(Seconds) : null,
                Registers = Needs.Registers,
                PrivateBytes = Needs.PrivateBytes,
                Refused = Refused,
                IsKept = isKept,
            };
        }
    }
}
