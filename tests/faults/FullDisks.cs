using System.Diagnostics;
using System.Globalization;

namespace Calm.Faults;

/// <summary>
/// A disk that is full at every write in turn: a file system in memory, larger from case to case. Each run ends in a line that
/// says so; with space again it comes to the bits of a run that nobody disturbed.
/// </summary>
internal sealed class FullDisks(int stepKilobytes) : IDisposable
{
    private const int EnoughKilobytes = 1 << 16;
    private const int MostKilobytes = 1 << 13;

    private readonly TemporaryFolder _folder = new();
    private readonly Tally _tally = new();

    private string Mount => _folder["disk"];

    /// <summary>Fills disks.</summary>
    public int Run()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            Console.Error.WriteLine("disk: needs Linux and root's rights, for mount -t tmpfs.");
            return 2;
        }

        Stopwatch all = Stopwatch.StartNew();
        Nano.Prepare(_folder);
        Directory.CreateDirectory(Mount);
        foreach (Stage stage in Enum.GetValues<Stage>())
        {
            string[] command = Command(stage, _folder[$"whole-{stage.Name()}"]);
            InProcess.Run(command);
            string bits = Nano.Weights(_folder[$"whole-{stage.Name()}"]);
            for (int size = stepKilobytes; size < MostKilobytes && !Fill(stage, size, bits); size += stepKilobytes)
            {
            }
        }

        return _tally.Close($"full disk, {stepKilobytes} KB apart", all.Elapsed);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Command(Stage stage, string run) =>
        Nano.Train(_folder, stage, run, "--steps", "6", "--save-every", "2", "--set", $"{stage.Name()}_training.evaluate_every=3");

    /// <summary>One size; whether the run fitted.</summary>
    private bool Fill(Stage stage, int kilobytes, string bits)
    {
        string how = string.Create(CultureInfo.InvariantCulture, $"{stage.Name()} on {kilobytes} KB");
        string run = Path.Combine(Mount, "run");
        Must("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Mount);
        try
        {
            Result full = InProcess.Run(Command(stage, run));
            string at = Where(full.LastLine);
            if (full.Code == 0 && full.Problem is null)
            {
                _tally.Add(stage.Name(), "fits");
                return true;
            }

            if (full.Code != 1 || full.Problem is not null || !full.LastLine.Contains("full", StringComparison.Ordinal))
            {
                _tally.Fault(stage.Name(), $"ends with {full.Code}: {full.Problem ?? full.LastLine}", how);
            }

            Must("mount", "-o", $"remount,size={EnoughKilobytes}k", Mount);
            string[] again = Command(stage, run);
            Result end = InProcess.Run(RunFolder.Exists(run) ? [.. again, "--resume"] : again);
            if (end.Code != 0)
            {
                _tally.Fault(stage.Name(), $"does not go on: {end.LastLine}", how);
            }
            else if (Nano.Weights(run) != bits)
            {
                _tally.Fault(stage.Name(), "other bits than the run that nobody disturbed", how);
            }
            else
            {
                _tally.Add(stage.Name(), $"full at {at}");
            }

            return false;
        }
        finally
        {
            Must("umount", "-l", Mount);
        }
    }

    private string Where(string line)
    {
        string name = line.Split(": ") is [_, { } path, ..] && path.StartsWith(Mount, StringComparison.Ordinal)
            ? Path.GetFileName(path)
            : "?";
        return name;
    }

    private static void Must(string program, params string[] args)
    {
        using Process process = Process.Start(program, args);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', args)}: exit code {process.ExitCode}");
        }
    }
}
