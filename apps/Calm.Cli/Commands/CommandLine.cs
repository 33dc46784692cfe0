using System.CommandLine;
using System.CommandLine.Help;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The command line: <c>calm COMMAND</c>. Exit code 0 is success, 2 a usage error, 1 any other failure.</summary>
internal static class CommandLine
{
    private const int Failure = 1;
    private const int UsageError = 2;

    /// <summary>Options that every command has.</summary>
    private static readonly Option<bool> JsonOption = new("--json")
    {
        Description = "Print the result as one line of JSON on standard output",
        Recursive = true,
    };

    private static readonly Option<bool> DebugOption = new("--debug")
    {
        Description = "Print the stack of an error",
        Recursive = true,
    };

    /// <summary>Runs one command and returns its exit code.</summary>
    public static int Run(string[] args, Terminal terminal)
    {
        ParseResult parsed = Parse(Build(terminal), WithHelp(args));
        terminal.Json = parsed.GetValue(JsonOption);
        terminal.Debug = parsed.GetValue(DebugOption);
        try
        {
            if (ParseErrors.Find(parsed) is { } wrong)
            {
                throw new UsageException($"{wrong} See {ParseErrors.CommandOf(parsed)} --help.");
            }

            return parsed.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Out,
                Error = terminal.Error,
            });
        }
        catch (Exception failure)
        {
            return Report(failure, parsed, terminal);
        }
    }

    /// <summary>Parses a command line.</summary>
    public static ParseResult Parse(Command root, string[] args) =>
        // "@word" is a text like any other, not the name of a file with arguments.
        root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>"calm" and "calm help COMMAND" as the option that they mean.</summary>
    private static string[] WithHelp(string[] args) => args switch
    {
        [] => ["--help"],
        ["help", .. string[] command] => [.. command, "--help"],
        _ => args,
    };

    /// <summary>The whole tree of commands.</summary>
    public static Command Build(Terminal terminal)
    {
        // A RootCommand would be called Calm.Cli in the help.
        Command root = new("calm", "Trains and runs continuous autoregressive language models (CALM) without a framework.");
        foreach (Option option in new Option[] { new HelpOption(), new VersionOption(), JsonOption, DebugOption })
        {
            root.Options.Add(option);
        }

        root.Subcommands.Add(DemoCommand.Create(terminal));
        root.Subcommands.Add(DevicesCommand.Create(terminal));
        root.Subcommands.Add(VerifyCommand.Create(terminal));
        root.Subcommands.Add(BenchCommand.Create(terminal));
        root.Subcommands.Add(PassportCommand.Create(terminal));
        root.Subcommands.Add(KernelsCommand.Create(terminal));
        root.Subcommands.Add(FlopsCommand.Create(terminal));
        root.Subcommands.Add(FrontierCommand.Create(terminal));
        root.Subcommands.Add(TokenizerCommand.Create(terminal));
        root.Subcommands.Add(DataCommand.Create(terminal));
        root.Subcommands.Add(TrainCommand.Create(terminal));
        root.Subcommands.Add(EvaluateCommand.Create(terminal));
        root.Subcommands.Add(GenerateCommand.Create(terminal));
        root.Subcommands.Add(ScoreCommand.Create(terminal));
        root.Subcommands.Add(ExampleCommand.Create(terminal));
        root.Subcommands.Add(StudyCommand.Create(terminal));
        root.Subcommands.Add(BrierCommand.Create(terminal));
        root.Subcommands.Add(InspectCommand.Create(terminal));
        root.Subcommands.Add(ImportCommand.Create(terminal));
        root.Subcommands.Add(ExportCommand.Create(terminal));
        OptionValues.Apply(root);
        return root;
    }

    private static int Report(Exception failure, ParseResult parsed, Terminal terminal)
    {
        failure = failure is TypeInitializationException { InnerException: CalmException reason } ? reason : failure;
        string line = DeviceFailure.LineOf(failure) ?? FileFailure.LineOf(failure)
            ?? $"unexpected {failure.GetType().Name}: {failure.Message} (--debug prints the stack)";
        line = SettingNames.Translate(line.ReplaceLineEndings(" "), parsed);
        terminal.Error.WriteLine($"calm: {line}");
        if (terminal.Debug)
        {
            terminal.Error.WriteLine(failure);
        }

        return failure is UsageException or SettingException ? UsageError : Failure;
    }
}
