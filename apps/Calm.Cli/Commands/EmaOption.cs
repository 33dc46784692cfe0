using System.CommandLine;

namespace Calm.Cli;

/// <summary>The option that takes the moving average of a run's weights in their place.</summary>
internal static class EmaOption
{
    /// <summary>Adds the option to a command.</summary>
    public static Option<bool> AddTo(Command command)
    {
        Option<bool> option = new("--ema")
        {
            Description = "The moving average of the weights in their place; the run must be trained with an ema_decay above 0",
        };
        command.Options.Add(option);
        return option;
    }
}
