using System.CommandLine;

namespace Calm.Cli;

/// <summary><c>calm example series</c>: writes a made-up series to try <c>calm train</c> on.</summary>
internal static class ExampleCommand
{
    private const int TenYears = 87_600;

    public static Command Create(Terminal terminal)
    {
        Command command = new("example", "Make data to try things on. Example: calm example series --out sensor.csv");
        command.Subcommands.Add(Series(terminal));
        return command;
    }

    private static Command Series(Terminal terminal)
    {
        Command command = new(
            "series",
            "Write a sensor's made-up hours as CSV: daily and weekly seasons, noise, regimes. "
            + "Example: calm example series --out sensor.csv");
        Option<string> output = new("--out") { Description = "File to write", DefaultValueFactory = _ => "sensor.csv" };
        Option<int> rows = new("--rows") { Description = "Hours", DefaultValueFactory = _ => TenYears };
        Option<ulong> seed = new("--seed") { Description = "Another seed, another series", DefaultValueFactory = _ => 1 };
        command.Options.Add(output);
        command.Options.Add(rows);
        command.Options.Add(seed);
        command.SetAction(parsed =>
        {
            SeriesTable table = ExampleSeries.Make(parsed.AtLeast(rows, 1), parsed.GetValue(seed));
            string file = parsed.GetValue(output)!;
            OutputFile.Require(file);
            SafeFile.Write(file, table.ToFile());
            terminal.Result(
                new { file, rows = table.Rows, columns = table.Columns },
                writer => writer.WriteLine($"{file}: {Readable.Count(table.Rows, "row")} of {string.Join(", ", table.Columns)}"));
            if (!Disk.IsDeviceOrPipe(file))
            {
                terminal.Next(NextStep.Command("train autoencoder --time hour --data", file));
            }

            return 0;
        });
        return command;
    }
}
