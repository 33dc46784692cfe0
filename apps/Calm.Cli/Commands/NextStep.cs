namespace Calm.Cli;

/// <summary>Suggests what to do with what a command has made, with its real names.</summary>
internal static class NextStep
{
    /// <summary>The launcher as it was called, else as it is called in the repository.</summary>
    public static string Program =>
        Environment.GetEnvironmentVariable("CALM_COMMAND") is { Length: > 0 } called ? TypedCommand.Quoted(called) : "./calm";

    /// <summary>After a training: an autoencoder is for a language model, which is for measuring and writing.</summary>
    public static void AfterTraining(Terminal terminal, Stage stage, string run) => terminal.Next(
        stage == Stage.Autoencoder ? TrainCalm(run) : Command("evaluate", run));

    /// <summary>After an evaluation.</summary>
    public static void AfterEvaluation(Terminal terminal, Stage stage, string run) => terminal.Next(
        stage == Stage.Autoencoder ? TrainCalm(run) : Command("generate", run));

    /// <summary>After an import: an autoencoder is for a language model, which can write at once.</summary>
    public static void AfterImport(Terminal terminal, Stage stage, string run) => terminal.Next(
        stage == Stage.Autoencoder ? $"{TrainCalm(run)} --data FILE" : Command("generate", run));

    /// <summary>A command about a file or folder, as it can be typed.</summary>
    public static string Command(string command, string path) => $"{Program} {command} {TypedCommand.Quoted(path)}";

    /// <summary>The first of name, name-2, name-3, ... in a folder that is not there.</summary>
    public static string FreeFolder(string folder, string name)
    {
        string free = Path.Combine(folder, name);
        for (int number = 2; Path.Exists(free); number++)
        {
            free = Path.Combine(folder, $"{name}-{number}");
        }

        return free;
    }

    private static string TrainCalm(string autoencoder)
    {
        string beside = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(autoencoder)) ?? "";
        string run = TypedCommand.Quoted(FreeFolder(beside, Stage.Calm.Name()));
        return $"{Command("train calm --autoencoder", autoencoder)} --run {run}";
    }
}
