using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Faults;

/// <summary>
/// Every option and argument of every command, and every setting, with values that people type by mistake: each is refused in a
/// line, or means what was typed.
/// </summary>
internal sealed class Values(string? only) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Tally _tally = new();

    /// <summary>Tries them.</summary>
    public int Run()
    {
        Stopwatch all = Stopwatch.StartNew();
        if (only is null or "set")
        {
            TrySettings();
        }

        BaseCommands commands = new(_folder);
        Command root = CommandLine.Build(new Terminal(TextWriter.Null, TextWriter.Null));
        (string Command, Symbol Symbol, string[] Line, string Value)[] cases =
        [
            .. from leaf in Leaves(root, [])
               where only is null || string.Join(' ', leaf.Path).StartsWith(only, StringComparison.Ordinal)
               from option in leaf.Command.Options.Where(option => option.ValueType != typeof(bool)).Cast<Symbol>()
                   .Concat(leaf.Command.Arguments)
               from value in HostileValues.All
               select (string.Join(' ', leaf.Path), option, commands.With(leaf.Path, option, value), value),
        ];
        Parallel.ForEach(
            cases, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new Worker(_folder.Root),
            (one, _, worker) =>
            {
                Try(one.Command, one.Symbol, one.Value, commands.Fresh(one.Line), worker);
                return worker;
            },
            worker => worker.Dispose());
        return _tally.Close("hostile values", all.Elapsed);
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(Command Command, string[] Path)> Leaves(Command command, string[] path) =>
        command.Subcommands.Count == 0
            ? [(command, path)]
            : command.Subcommands.SelectMany(below => Leaves(below, [.. path, below.Name]));

    private void Try(string kind, Symbol symbol, string value, string[] line, Worker worker)
    {
        string how = string.Join(' ', line.Select(word => word.Length == 0 ? "''" : word))
            .Replace(_folder.Root + "/", "", StringComparison.Ordinal);
        if (symbol is Option option && Misread(option, value, line) is { } read)
        {
            _tally.Fault(kind, $"{option.Name} '{Printable(value)}' is read as {read}", Printable(how));
            return;
        }

        (WorkerAnswer? answer, string? fault) = worker.Run(line);
        if (!Disk.IsDeviceOrPipe(_folder["device"]) && BaseCommands.HasDevice)
        {
            fault = "replaces a device";
        }

        if ((fault ?? (answer!.Stopped ? null : answer.Result.Problem)) is { } problem)
        {
            _tally.Fault(kind, Printable(problem.Replace(_folder.Root + "/", "", StringComparison.Ordinal)), Printable(how));
        }
        else
        {
            _tally.Add(kind, answer!.Stopped ? "long work" : answer.Result.Code is 0 or 3 ? "accepted" : "refused in a line");
        }
    }

    private static string? Misread(Option option, string value, string[] line)
    {
        ParseResult parsed = CommandLine.Build(new Terminal(TextWriter.Null, TextWriter.Null))
            .Parse(line, new ParserConfiguration { ResponseFileTokenReplacer = null });
        Option? own = parsed.CommandResult.Command.Options.FirstOrDefault(one => one.Name == option.Name);
        Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        if (own is null || parsed.Errors.Count > 0 || parsed.GetResult(own) is not { Implicit: false } || !type.IsPrimitive)
        {
            return null;
        }

        object? read = typeof(ParseResult).GetMethods()
            .Single(method => method.Name == "GetValue" && method.GetParameters()[0].ParameterType == typeof(string))
            .MakeGenericMethod(own.ValueType).Invoke(parsed, [own.Name]);
        return HostileValues.IsWhatWasTyped(read, value) ? null : $"{read}";
    }

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    private void TrySettings()
    {
        foreach (PropertyInfo section in typeof(RunConfig).GetProperties())
        {
            string sectionName = JsonNamingPolicy.SnakeCaseLower.ConvertName(section.Name);
            foreach (PropertyInfo setting in section.PropertyType.GetProperties().Where(property => property.CanWrite))
            {
                string name = $"{sectionName}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(setting.Name)}";
                foreach (string value in HostileValues.All)
                {
                    TrySetting(section, setting, name, value);
                }
            }
        }
    }

    private void TrySetting(PropertyInfo section, PropertyInfo setting, string name, string value)
    {
        string how = Printable($"--set {name}={value}");
        try
        {
            RunConfig config = ConfigReader.Read(Presets.Get("tiny"), null, [$"{name}={value}"]);
            ConfigCheck.Stage(config, StageOf(section.Name));
            object? read = setting.GetValue(section.GetValue(config));
            if (HostileValues.IsWhatWasTyped(read, value))
            {
                _tally.Add("--set", "accepted");
            }
            else
            {
                _tally.Fault("--set", $"'{Printable(value)}' is read as {read}", how);
            }
        }
        catch (CalmException refused)
        {
            if (refused.Message.Contains('\n') || refused.Message.Contains("System.", StringComparison.Ordinal))
            {
                _tally.Fault("--set", refused.Message, how);
            }
            else
            {
                _tally.Add("--set", "refused in a line");
            }
        }
        catch (Exception failure)
        {
            _tally.Fault("--set", $"{failure.GetType().Name}: {failure.Message}", how);
        }
    }

    private static Stage StageOf(string section) =>
        Enum.GetValues<Stage>().First(stage => section.StartsWith(stage.ToString(), StringComparison.Ordinal));
}
