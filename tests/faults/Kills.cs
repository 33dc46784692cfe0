using System.Diagnostics;

namespace Calm.Faults;

/// <summary>
/// Ends training runs at random moments, as a power cut does, and lets them go on: the weights, and the log's losses and
/// measures, must be those of a run that nobody disturbed.
/// </summary>
internal sealed class Kills(int count, int seed, string? only) : IDisposable
{
    private const int MostKillsOfARun = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly Tally _tally = new();
    private int _kills;

    /// <summary>A way to train, with what it spends its time on.</summary>
    private sealed record Work(string Name, Stage Stage, string[] Options)
    {
        public string Weights { get; set; } = "";

        public string Log { get; set; } = "";

        public TimeSpan Time { get; set; }
    }

    // Imports are no work of this list: ImportedRunTests ends one at every operation on the disk.
    private static readonly Work[] Works =
    [
        new("autoencoder, tokenising", Stage.Autoencoder, ["--tokenizer", "bpe", "--vocabulary", "400", "--steps", "3"]),
        new("autoencoder, saving", Stage.Autoencoder, ["--save-every", "1", "--set", "autoencoder_training.keep_last=1"]),
        new("autoencoder, evaluating", Stage.Autoencoder, ["--set", "autoencoder_training.evaluate_every=2"]),
        new("calm, saving", Stage.Calm, ["--save-every", "1", "--set", "calm_training.keep_last=1"]),
        new("calm, evaluating", Stage.Calm, ["--set", "calm_training.evaluate_every=3", "--steps", "9"]),
        new("ar, tokenising", Stage.Ar, ["--tokenizer", "bpe", "--vocabulary", "400", "--steps", "3"]),
        new("ar, saving", Stage.Ar, ["--save-every", "2"]),
        new("ar, evaluating", Stage.Ar, ["--set", "ar_training.evaluate_every=2"]),
    ];

    /// <summary>Kills and resumes.</summary>
    public int Run()
    {
        Stopwatch all = Stopwatch.StartNew();
        Nano.Prepare(_folder, words: 30_000);
        Work[] works = [.. Works.Where(work => only is null || work.Name.Contains(only, StringComparison.Ordinal))];
        Array.ForEach(works, Measure);
        for (int run = 0; _kills < count; run++)
        {
            Disturb(works[run % works.Length], run);
        }

        return _tally.Close($"kill -9 (seed {seed}), {_kills} kills", all.Elapsed);
    }

    public void Dispose() => _folder.Dispose();

    private void Measure(Work work)
    {
        string path = _folder[$"whole-{Array.IndexOf(Works, work)}"];
        Stopwatch clock = Stopwatch.StartNew();
        using CalmProcess process = CalmProcess.Start(Command(work, path));
        Result end = process.End();
        if (end.Code != 0)
        {
            throw new InvalidOperationException($"{work.Name}: {end.Error}");
        }

        work.Time = clock.Elapsed;
        (work.Weights, work.Log) = (Nano.Weights(path), Nano.Log(path));
    }

    private string[] Command(Work work, string path) => Nano.Train(_folder, work.Stage, path, work.Options);

    private void Disturb(Work work, int run)
    {
        string path = _folder[$"run-{run}"];
        Random random = new(unchecked(seed * 1_000_003 + run));
        List<string> moments = [];
        int wanted = 1 + random.Next(MostKillsOfARun);
        for (int kill = 0; kill < wanted && _kills < count; kill++)
        {
            using CalmProcess process = CalmProcess.Start(Again(work, path));
            if (process.Wait(work.Time * (0.15 + 0.85 * random.NextDouble())) || !process.Kill())
            {
                break; // it was faster than the clock
            }

            _kills++;
            moments.Add(Moment(path));
            _tally.Add(work.Name, $"killed {moments[^1]}");
        }

        using CalmProcess last = CalmProcess.Start(Again(work, path));
        Result end = last.End();
        string how = $"--seed {seed}, run {run}, killed {string.Join(", ", moments)}";
        if (end.Code != 0)
        {
            _tally.Fault(work.Name, $"does not go on: {end.LastLine.Replace(path, "RUN", StringComparison.Ordinal)}", how);
        }
        else if (Nano.Weights(path) != work.Weights)
        {
            _tally.Fault(work.Name, "other weights than those of the run that nobody disturbed", how);
        }
        else if (Nano.Log(path) is { } log && log != work.Log)
        {
            _tally.Fault(work.Name, $"another log than that of the run that nobody disturbed: {Difference(work.Log, log)}", how);
        }
        else if (Leftovers(path) is [string leftover, ..])
        {
            _tally.Fault(work.Name, $"leaves {Path.GetFileName(leftover)} behind", how);
        }
        else
        {
            _tally.Add(work.Name, "then the same weights and log");
        }

        Directory.Delete(path, recursive: true);
    }

    private static string Difference(string expected, string found)
    {
        string[] others = found.Split('\n');
        return expected.Split('\n').Zip(others).Where(pair => pair.First != pair.Second)
            .Select(pair => $"'{pair.Second}' in place of '{pair.First}'").FirstOrDefault() ?? $"{others.Length} lines";
    }

    private static string[] Leftovers(string path) =>
        Directory.GetFileSystemEntries(path, "*" + SafeFile.TemporarySuffix, SearchOption.AllDirectories);

    /// <summary>A repeated start, or what goes on if the run was described already.</summary>
    private string[] Again(Work work, string path) =>
        RunFolder.Exists(path) ? [.. Command(work, path), "--resume"] : Command(work, path);

    /// <summary>The work that a kill interrupted, as far as the run's files tell.</summary>
    private static string Moment(string path)
    {
        CheckpointFolder checkpoints = new(Path.Combine(path, "checkpoints"));
        string log = Path.Combine(path, TrainingLog.FileName);
        if (!RunFolder.Exists(path))
        {
            return Directory.Exists(Path.Combine(path, "data")) ? "tokenising" : "starting";
        }

        return Directory.Exists(checkpoints.Root) && Leftovers(checkpoints.Root).Length > 0 ? "saving or pruning"
            : checkpoints.Latest is not { } latest ? "before a save"
            : TrainingLog.Read(log).Select(TrainingLog.Step).DefaultIfEmpty(0).Max() < latest.Step ? "evaluating"
            : "training";
    }
}
