using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm passport</c>: writes all that is known of a device into one file, and compares such files.</summary>
internal static class PassportCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "passport",
            "Write one file about a device: its facts, the bits and errors of every op, times under their roofs, kernels. "
            + "Example: calm passport --device host --out passport-host.json");
        DeviceOptions devices = new(command);
        CaseOptions cases = new(command, "Only this op");
        Option<double> seconds = MeasureOptions.SecondsOption("Most seconds for timing each op and direction");
        Option<string?> output = new("--out") { Description = "The file; default: passport-DEVICE.json" };
        command.Options.Add(seconds);
        command.Options.Add(output);
        command.SetAction(parsed =>
        {
            MeasureSettings settings = new() { Seconds = MeasureOptions.SecondsOf(parsed, seconds) };
            OutputFile.Require(parsed.GetValue(output));
            using Device device = devices.Open(parsed, terminal, profiling: true);
            string file = parsed.GetValue(output) ?? $"passport-{device.Name.Replace(':', '-')}.json";
            OutputFile.Require(file);
            Passport passport = new PassportMaker(device, cases.Find(parsed), settings, terminal).Make();
            PassportFile.Write(file, passport);
            Report(terminal, file, passport);
            return passport.Verified.Failed == 0 ? 0 : 1;
        });
        command.Subcommands.Add(PassportCompareCommand.Create(terminal));
        return command;
    }

    private static void Report(Terminal terminal, string file, Passport passport)
    {
        long bytes = new FileInfo(file).Length;
        var result = new
        {
            file = Path.GetFullPath(file),
            bytes,
            device = passport.Device.Name,
            seconds = passport.Seconds,
            cases = passport.Verified.Cases,
            failed = passport.Verified.Failed,
            leftOut = passport.Verified.LeftOut,
            ops = passport.Ops.Count,
            kernels = passport.Kernels.Rows.Count,
            warnings = passport.Bench?.Warnings ?? [],
            remarks = passport.Remarks,
        };
        terminal.Result(result, writer =>
        {
            writer.WriteLine($"device    {passport.Device.Name}: {passport.Device.Description}");
            writer.WriteLine($"cases     {passport.Verified.Cases}, {passport.Verified.Failed} failed");
            writer.WriteLine($"times     {passport.Ops.Count} ops and directions");
            writer.WriteLine($"kernels   {(passport.Kernels.Rows.Count > 0 ? $"{passport.Kernels.Rows.Count}, " : "")}"
                + passport.Kernels.Note);
            foreach (string line in passport.Verified.Failures.Concat(passport.Remarks).Concat(result.warnings))
            {
                writer.WriteLine($"remark    {line}");
            }

            writer.WriteLine($"file      {file}, {Readable.Amount(bytes)}B, made in {Readable.Duration(passport.Seconds)}");
        });
        terminal.Next(NextStep.Command("passport compare", file));
    }
}
