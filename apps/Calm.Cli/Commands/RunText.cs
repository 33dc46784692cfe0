using System.CommandLine;

namespace Calm.Cli;

/// <summary>The option for the new folder of a run's text.</summary>
internal static class RunText
{
    /// <summary>Adds the option to a command.</summary>
    public static Option<string?> AddTo(Command command)
    {
        Option<string?> option = new("--data")
        {
            Description = "Folder of the run's tokenised text, data/ of the run that made it, if it was moved",
        };
        command.Options.Add(option);
        return option;
    }
}
