using System.Diagnostics;
using System.Globalization;

namespace Calm.Faults;

/// <summary>Two processes that write to one run at once: one is told who does, the other's run is whole.</summary>
internal sealed class Writers(int count) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly Tally _tally = new();

    /// <summary>Starts pairs.</summary>
    public int Run()
    {
        Stopwatch all = Stopwatch.StartNew();
        Nano.Prepare(_folder);
        string begun = _folder["begun"];
        InProcess.Run(Nano.Train(_folder, Stage.Ar, begun));
        for (int round = 0; round < count; round++)
        {
            if (round % 2 == 0)
            {
                Pair("resumed", begun, round, Nano.Train(_folder, Stage.Ar, begun, ["--resume", .. Endless]));
            }
            else
            {
                string fresh = _folder[$"fresh-{round}"];
                Pair("started", fresh, round, Nano.Train(_folder, Stage.Ar, fresh, Endless));
            }
        }

        return _tally.Close("two writers", all.Elapsed);
    }

    private static string[] Endless => ["--steps", "1000000", "--save-every", "50"];

    public void Dispose() => _folder.Dispose();

    private void Pair(string kind, string run, int round, string[] command)
    {
        using CalmProcess first = CalmProcess.Start(command);
        Thread.Sleep(round * 37 % 200); // from at once to well apart
        using CalmProcess second = CalmProcess.Start(command);
        Stopwatch clock = Stopwatch.StartNew();
        bool firstEnded = false;
        while (!(firstEnded = first.Wait(TimeSpan.FromMilliseconds(20))) && !second.Wait(TimeSpan.FromMilliseconds(20)))
        {
            if (clock.Elapsed > Patience)
            {
                _tally.Fault(kind, "none of the two was refused", $"round {round}");
                first.Kill();
                second.Kill();
                return;
            }
        }

        (CalmProcess loser, CalmProcess winner) = firstEnded ? (first, second) : (second, first);
        string line = loser.End().LastLine;
        bool named = line.Contains(
            string.Create(CultureInfo.InvariantCulture, $"process {winner.Id} "), StringComparison.Ordinal);
        WaitForStep(run, winner);
        winner.AskToStop();
        Result end = winner.End();
        int[] steps = [.. TrainingLog.Read(Path.Combine(run, TrainingLog.FileName)).Select(TrainingLog.Step)];
        bool inOrder = steps.Zip(steps.Skip(1)).All(pair => pair.First < pair.Second);
        Result measured = InProcess.Run("evaluate", run, "--patches", "16", "--device", "host");
        string? problem = !line.StartsWith("calm: ", StringComparison.Ordinal) || line.Contains("unexpected", StringComparison.Ordinal)
            ? $"the refusal is '{line}'"
            : !named ? $"the refusal names no holder: '{line}'"
            : !end.Output.Contains("interrupted and saved", StringComparison.Ordinal) ? $"the holder ended with '{end.LastLine}'"
            : !inOrder ? "the log's steps are not in order"
            : measured.Code != 0 ? $"the run cannot be evaluated: {measured.LastLine}"
            : null;
        if (problem is not null)
        {
            _tally.Fault(kind, problem, $"round {round}");
        }
        else
        {
            _tally.Add(kind, "refused with the holder's name");
        }
    }

    /// <summary>Waits until the holder has made another save: before its first step a signal just ends it.</summary>
    private static void WaitForStep(string run, CalmProcess winner)
    {
        Stopwatch clock = Stopwatch.StartNew();
        CheckpointFolder checkpoints = new(Path.Combine(run, "checkpoints"));
        string? before = checkpoints.Latest?.Name;
        while (clock.Elapsed < Patience && checkpoints.Latest?.Name == before)
        {
            winner.Wait(TimeSpan.FromMilliseconds(50));
        }
    }
}
