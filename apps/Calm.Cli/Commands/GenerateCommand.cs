using System.CommandLine;
using System.Text;
using System.Text.Unicode;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm generate RUN</c>: writes text.</summary>
internal static class GenerateCommand
{
    private const double TextTemperature = 0.5;
    private const double SeriesTemperature = 1;
    private const int LongestPrompt = 1 << 20;

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "generate",
            "Continue a text, or the rows of a series. "
            + "Example: calm generate runs/demo --prompt \"Returns the\" --temperature 0.5 --seed 7");
        Argument<string> run = new("run") { Description = "Run folder of calm train calm or ar, calm import or a demo" };
        Option<string[]> prompt = new("--prompt")
        {
            Description = "How the text begins; may be repeated", DefaultValueFactory = _ => [],
        };
        Option<string?> file = new("--prompts") { Description = "File with a prompt in each line, continued together" };
        Option<double?> temperature = new("--temperature")
        {
            Description = "In (0, 1]; the lower, the more usual the text; a run of calm train ar takes any from 0 on. "
                + $"Default: {TextTemperature}, for a run of a series {SeriesTemperature}",
        };
        Option<string?> sampler = new("--sampler")
        {
            Description = "exact: any temperature; batch: 1/n from all candidates, as published; lazy: the same law, fewer "
                + "draws. Default: lazy for 1/n, exact otherwise, batch for a run of a series",
        };
        sampler.TakeOneOf([.. Enum.GetValues<Sampler>().Select(Name)]);
        Option<int> candidates = new("--candidates")
        {
            Description = "Draws from which batch and lazy choose each patch, and exact the one in which a prompt ends; "
                + "temperature 1 takes one",
            DefaultValueFactory = _ => 200,
        };
        Option<int> most = new("--max-candidates")
        {
            Description = "Draws that exact makes of a patch at most; the batch rule then chooses among them",
            DefaultValueFactory = _ => TemperatureSamplers.MostCandidates,
        };
        Option<ulong> seed = new("--seed") { Description = "The same seed gives the same text", DefaultValueFactory = _ => 1 };
        Option<int> tokens = new("--max-tokens") { Description = "Tokens to add at most", DefaultValueFactory = _ => 256 };
        Option<string[]> stop = new("--stop")
        {
            Description = "The added text ends before the first of these; may be repeated",
            DefaultValueFactory = _ => [],
        };
        command.Arguments.Add(run);
        foreach (Option option in new Option[] { prompt, file, temperature, sampler, candidates, most, seed, tokens, stop })
        {
            command.Options.Add(option);
        }

        Option<bool> ema = EmaOption.AddTo(command);
        ArGeneration discrete = new(command);
        SeriesContinuation series = new(command);
        Option<string?> data = RunText.AddTo(command);
        DeviceOptions devices = new(command);
        command.SetAction(parsed =>
        {
            int code = Execute(parsed);
            string again = TypedCommand.Of(NextStep.Command("generate", parsed.GetValue(run)!), parsed, seed);
            terminal.Next($"{again} --seed {parsed.GetValue(seed) + 1}");
            return code;
        });
        return command;

        int Execute(ParseResult parsed)
        {
            string path = parsed.GetValue(run)!;
            string[] prompts = Prompts(parsed.GetValue(prompt)!, parsed.GetValue(file));
            GenerationRequest request = new(
                prompts[0], parsed.GetValue(temperature) ?? TextTemperature, parsed.GetValue(candidates),
                parsed.GetValue(seed), parsed.GetValue(tokens))
            {
                Sampler = parsed.GetValue(sampler) is { } kind ? Enum.Parse<Sampler>(kind, ignoreCase: true) : null,
                MostCandidates = parsed.GetValue(most),
                Stop = parsed.GetValue(stop)!,
            };
            if (discrete.Handles(parsed, path))
            {
                string ar = $"{path} is a run of calm train ar, which";
                parsed.Refuse($"{ar} draws each token once, by its probability; leave it out", sampler, candidates, most);
                parsed.Refuse($"{ar} continues a text; leave it out", series.Options);
                using Device own = devices.Open(parsed, terminal);
                return discrete.Run(terminal, parsed, path, parsed.GetValue(data), parsed.GetValue(ema), request, prompts, own);
            }

            Check(request);
            using Device device = devices.Open(parsed, terminal);
            using TrainedModel trained = terminal.During(
                $"reading {path}", _ => TrainedModel.Open(path, device, parsed.GetValue(data), parsed.GetValue(ema)));
            if (SeriesInfo.Find(trained.TextFolder) is { } info)
            {
                string rows = $"{path} is a run of a series, whose rows";
                parsed.Refuse($"{rows} are continued by --rows and --prompt-file; leave it out", prompt, file, tokens, stop);
                parsed.Refuse($"{rows} are drawn by the batch rule at a --temperature of 1/n; leave it out", sampler, most);
                int agreement = Agreement(parsed.GetValue(temperature) ?? SeriesTemperature, rows);
                parsed.Refuse(
                    $"{rows} are drawn once each at temperature 1; leave it out, or give a --temperature of 1/n",
                    agreement == 1 ? [candidates] : []);
                return series.Run(parsed, terminal, trained, info, device, agreement, request.Candidates, request.Seed);
            }

            parsed.Refuse($"{path} is a run of text; --prompt is continued by --max-tokens; leave it out", series.Options);
            Sampler used = request.CreateSampler().Kind;
            parsed.Refuse(
                $"bounds --sampler exact, and the temperature {request.Temperature} is {Name(used)}'s, which has --candidates; "
                + "leave it out, or add --sampler exact", used == Sampler.Exact ? [] : [most]);
            return Run(terminal, request, prompts, trained, device);
        }
    }

    private static string Name(Sampler sampler) => sampler.ToString().ToLowerInvariant();

    /// <summary>The prompts of the command line, then those of the file; an empty one if there are none.</summary>
    private static string[] Prompts(string[] given, string? file)
    {
        if (file is null)
        {
            return given.Length > 0 ? given : [""];
        }

        if (!File.Exists(file))
        {
            throw new UsageException($"--prompts {file}: no such file; it must hold a prompt in each line.");
        }

        string[] prompts =
        [
            .. given,
            .. FileLines.Read(file, LongestPrompt).Select((line, i) => Utf8.IsValid(line.Span)
                ? Encoding.UTF8.GetString(line.Span).TrimEnd('\r')
                : throw new UsageException($"--prompts {file}: line {i + 1} is no UTF-8 text.")),
        ];
        return prompts.Length > 0
            ? prompts
            : throw new UsageException($"--prompts {file}: is empty; it must hold a prompt in each line.");
    }

    private static int Agreement(double temperature, string whose) =>
        BatchTemperature.IsReciprocal(temperature)
            ? BatchTemperature.Agreement(temperature)
            : throw new UsageException(
                $"--temperature {temperature}: {whose} are drawn by the batch rule; it must be 1/n, as 1, 0.5 or 0.25.");

    private static void Check(GenerationRequest request)
    {
        _ = request.CreateSampler();
        request.RequireLimits();
    }

    private static int Run(
        Terminal terminal, GenerationRequest request, string[] prompts, TrainedModel trained, Device device)
    {
        TextGenerator generator = new(trained.Model, trained.Tokenizer, device);
        bool streams = !terminal.Json && prompts.Length == 1;
        GeneratedTexts written = generator.Generate(request, prompts, (_, piece) =>
        {
            if (streams)
            {
                terminal.Out.Write(piece);
                terminal.Out.Flush();
            }
        });
        SamplingStatistics statistics = written.Statistics;
        terminal.Result(
            new
            {
                Text = string.Join('\n', written.Texts.Select(text => text.Text)),
                Tokens = written.Texts.Sum(text => text.Tokens),
                statistics.Candidates,
                written.Texts[0].SecondsPerChunk,
                Ended = written.Texts.All(text => text.Ended),
                Ending = EndingName.OfAll(written.Texts),
                Sampler = Name(statistics.Sampler),
                statistics.Chunks,
                statistics.MeanCandidates,
                statistics.MostCandidates,
                statistics.Drawn,
                statistics.CompletionCandidates,
                statistics.AtBound,
                statistics.GroupRate,
                statistics.TrialRate,
                statistics.SumOfSquares,
                Texts = written.Texts.Select((text, i) => new
                {
                    Prompt = prompts[i],
                    text.Text,
                    text.Tokens,
                    text.Candidates,
                    text.Ended,
                    Ending = EndingName.Of(text),
                }),
            },
            writer =>
            {
                writer.WriteLine(streams ? "" : string.Join("\n\n", written.Texts.Select(text => text.Text)));
                terminal.Error.WriteLine($"{statistics}; {Readable.Duration(written.Texts[0].SecondsPerChunk)} a chunk.");
            });
        return 0;
    }
}
