namespace Calm.Cli.Tests;

/// <summary>The script of a first day on a GPU says what it did not find out, with a program that only pretends.</summary>
public sealed class DayTests : IDisposable
{
    private const string SlowTraining =
        """
        #!/bin/sh
        case "$*" in
        train\ autoencoder*) ;;
        verify*) echo '{"device":"host","cases":7,"failed":0,"notReached":3,"fixtures":0,"fixturesFailed":0}'; exit 0 ;;
        *) exit 0 ;;
        esac
        while [ "$1" != --run ]; do shift; done
        mkdir -p "$2"
        echo half >"$2/model.safetensors"
        [ -e "$0.fast" ] || sleep 5
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("calm-day").FullName;

    private string Program => Path.Combine(_folder, "calm", "calm");

    public DayTests()
    {
        foreach (string script in new[] { "day.sh", "report.sh" })
        {
            File.Copy(Path.Combine(Programs.Root, "bench", "day", script), Path.Combine(_folder, script));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Program)!);
        File.WriteAllText(Program, SlowTraining + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Trainings_that_were_cut_off_are_not_compared()
    {
        Assert.Contains("repeat-bits\tskipped: there are not two whole trainings", Parts("repeat"), StringComparison.Ordinal);
        File.WriteAllText(Program + ".fast", "");
        Assert.Contains("repeat-bits\tpassed", Parts("repeat"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_passport_tells_what_was_not_reached()
    {
        Parts("verify");
        string passport = File.ReadAllText(Path.Combine(_folder, "out", "passport.txt"));
        Assert.Contains("verify      bf16: 7 cases, 0 failed; 3 not reached\n", passport, StringComparison.Ordinal);
    }

    private string Parts(string only)
    {
        string results = Path.Combine(_folder, "out");
        Programs.MustRun("sh", _folder, "day.sh", "--minutes", "1", "--device", "host", "--out", results, "--only", only);
        return File.ReadAllText(Path.Combine(results, "parts.tsv"));
    }
}
