namespace Calm.Cli;

/// <summary>The entry of the <c>calm</c> command.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (OpenFileLimit.Problem is { } problem)
        {
            Console.Error.WriteLine($"calm: {problem}");
            return 1;
        }

        return CommandLine.Run(args, new Terminal(Console.Out, Console.Error));
    }
}
