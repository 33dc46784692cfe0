using System.CommandLine;

namespace Calm.Cli;

/// <summary><c>calm passport compare</c>: puts devices side by side.</summary>
internal static class PassportCompareCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "compare",
            "Put passports side by side: facts, equal bits, times of every op; --html makes a page with plots. "
            + "Example: calm passport compare host.json gpu.json --html devices.html");
        Argument<string[]> files = new("passports")
        {
            Description = "Files that calm passport wrote; bits are compared with those of the first",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> html = new("--html") { Description = "Write a page with plots into this file, which needs nothing else" };
        command.Arguments.Add(files);
        command.Options.Add(html);
        command.SetAction(parsed =>
        {
            string[] paths = parsed.GetValue(files)!;
            if (paths.Length > PassportComparison.MostDevices)
            {
                throw new UsageException(
                    $"passports: {paths.Length} files, at most {PassportComparison.MostDevices} are compared at once.");
            }

            string? page = parsed.GetValue(html);
            OutputFile.Require(page, paths);
            PassportComparison comparison = PassportComparison.Of(PassportFile.ReadAll(paths));
            if (page is not null)
            {
                PassportPage.Write(page, comparison);
            }

            terminal.Result(comparison.ToJson(page), writer => PassportTable.Write(writer, comparison, page));
            return 0;
        });
        return command;
    }
}
