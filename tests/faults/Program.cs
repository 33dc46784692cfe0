using System.CommandLine;

namespace Calm.Faults;

/// <summary>The fault harness: see README.md.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["worker"])
        {
            return Worker.Serve(Console.In, Console.Out);
        }

        Option<int> seed = new("--seed") { Description = "Another seed, other cases", DefaultValueFactory = _ => 1 };
        Command root = new("faults", "Breaks Calm on purpose and counts what does not end as it should.") { seed };
        seed.Recursive = true;
        Option<int> kills = new("--count") { Description = "Number of kills", DefaultValueFactory = _ => 200 };
        Option<string?> works = new("--only") { Description = "Only work whose name has these words" };
        Add(root, "kill", "Kill -9 at random moments, then go on", [kills, works], parsed =>
        {
            using Kills work = new(parsed.GetValue(kills), parsed.GetValue(seed), parsed.GetValue(works));
            return work.Run();
        });
        Option<int> pairs = new("--count") { Description = "Number of pairs", DefaultValueFactory = _ => 20 };
        Add(root, "writers", "Two writers on one run", [pairs], parsed =>
        {
            using Writers work = new(parsed.GetValue(pairs));
            return work.Run();
        });
        Option<int> step = new("--step") { Description = "KB between the sizes", DefaultValueFactory = _ => 8 };
        Add(root, "disk", "A disk that is full at every write in turn", [step], parsed =>
        {
            using FullDisks work = new(parsed.GetValue(step));
            return work.Run();
        });
        Option<string?> only = new("--only") { Description = "Only commands that begin with these words" };
        Add(root, "values", "Hostile values of every option and setting", [only], parsed =>
        {
            using Values work = new(parsed.GetValue(only));
            return work.Run();
        });
        Option<long> mutations = new("--count") { Description = "Number of mutations", DefaultValueFactory = _ => 1_000_000 };
        Option<int> threads = new("--threads")
        {
            Description = "Threads", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Option<string[]> reader = new("--reader") { Description = "Only readers whose names begin so; may be repeated" };
        Option<int> most = new("--most-mb") { Description = "Most memory that a case may take", DefaultValueFactory = _ => 512 };
        Option<long> first = new("--first") { Description = "Number of the first mutation" };
        Option<string?> keep = new("--keep") { Description = "Folder for inputs that show a fault" };
        Add(root, "mutate", "Mutations of every kind of file", [mutations, threads, reader, most, first, keep], parsed =>
        {
            using Mutate work = new(parsed.GetValue(seed), parsed.GetValue(reader) ?? [], parsed.GetValue(most), parsed.GetValue(keep));
            return work.Run(parsed.GetValue(first), parsed.GetValue(mutations), parsed.GetValue(threads));
        });
        Option<string> guided = new("--reader") { Description = "The reader's whole name", Required = true };
        Option<string?> seeds = new("--seeds") { Description = "Write its sample into this folder, and stop" };
        Add(root, "guided", "Inputs that AFL++ finds by the code that they reach: guided.sh", [guided, seeds], parsed =>
        {
            using Guided work = new(parsed.GetValue(guided)!);
            return parsed.GetValue(seeds) is { } folder ? work.WriteSeed(folder) : work.Run();
        });
        return root.Parse(args).Invoke();
    }

    private static void Add(Command root, string name, string description, Option[] options, Func<ParseResult, int> run)
    {
        Command command = new(name, description);
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction(run);
        root.Subcommands.Add(command);
    }
}
