using System.CommandLine;
using Calm.Runtime;

namespace Calm.Training;

/// <summary><c>calm generate RUN</c>: writes text.</summary>
internal static class GenerateCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "generate",
            "Continue a text. Example: calm generate runs/demo --prompt \"Returns the\" --temperature 0.5 --seed 7");
        DeviceOptions devices = new(command);
        SeriesContinuation series = new(command);
        Argument<string> run = new("run") { Description = "Run folder of a language model, or of a demo" };
        Option<string[]> prompt = new("--prompt")
        {
            Description = "How the text begins; may be repeated", DefaultValueFactory = _ => [],
        };
        Option<string?> file = new("--prompts") { Description = "File with a prompt in each line, continued together" };
        Option<double> temperature = new("--temperature")
        {
            Description = "In (0, 1]; lower is more like the text it learnt from", DefaultValueFactory = _ => 0.5,
        };
        Option<string?> sampler = new("--sampler")
        {
            Description = "exact: any temperature; batch: 1/n from all candidates, as published; lazy: the same law, fewer "
                + "draws. Without it lazy for 1/n, exact otherwise",
        };
        Option<int> candidates = new("--candidates")
        {
            Description = "Draws from which batch and lazy choose each patch; temperature 1 takes one",
            DefaultValueFactory = _ => 200,
        };
        Option<int> most = new("--max-candidates")
        {
            Description = "Draws that exact makes of a patch at most; the batch rule then chooses among them",
            DefaultValueFactory = _ => TemperatureSamplers.MostCandidates,
        };
        Option<ulong> seed = new("--seed") { Description = "The same seed gives the same text", DefaultValueFactory = _ => 1 };
        Option<int> tokens = new("--max-tokens") { Description = "Tokens to add at most", DefaultValueFactory = _ => 256 };
        command.Arguments.Add(run);
        foreach (Option option in new Option[] { prompt, file, temperature, sampler, candidates, most, seed, tokens })
        {
            command.Options.Add(option);
        }

        ArGeneration discrete = new(command);
        command.SetAction(parsed =>
        {
            string[] prompts = Prompts(parsed.GetValue(prompt)!, parsed.GetValue(file));
            GenerationRequest request = new(
                prompts[0], parsed.GetValue(temperature), parsed.GetValue(candidates), parsed.GetValue(seed),
                parsed.GetValue(tokens))
            {
                Sampler = parsed.GetValue(sampler),
                MostCandidates = parsed.GetValue(most),
            };
            if (discrete.Handles(parsed, parsed.GetValue(run)!))
            {
                RefuseSampling(parsed, sampler);
                using Device own = devices.Open(parsed, terminal);
                return discrete.Run(terminal, parsed, parsed.GetValue(run)!, request, prompts, own);
            }

            Check(request);
            using Device device = devices.Open(parsed, terminal);
            using TrainedModel trained = TrainedModel.Open(parsed.GetValue(run)!, device);
            return SeriesInfo.Find(trained.Corpus.Folder) is { } info
                ? series.Run(
                    parsed, terminal, trained, info, device,
                    parsed.GetResult(temperature) is { Implicit: false } ? BatchTemperature.Agreement(request.Temperature) : 1,
                    request.Candidates, request.Seed)
                : Run(terminal, request, prompts, trained, device);
        });
        return command;
    }

    /// <summary>Those of the command line, then those of the file; one that is empty if there is none.</summary>
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

        string[] prompts = [.. given, .. File.ReadLines(file)];
        return prompts.Length > 0
            ? prompts
            : throw new UsageException($"--prompts {file}: is empty; it must hold a prompt in each line.");
    }

    /// <summary>What a discrete model has no use for.</summary>
    private static void RefuseSampling(ParseResult parsed, Option<string?> sampler)
    {
        if (parsed.GetValue(sampler) is not null)
        {
            throw new UsageException($"{sampler.Name}: a run of calm train ar has probabilities to draw from; leave it out.");
        }
    }

    private static void Check(GenerationRequest request)
    {
        _ = request.CreateSampler();
        if (request.MostTokens < 1)
        {
            throw new UsageException($"--max-tokens {request.MostTokens}: must be at least 1.");
        }
    }

    private static int Run(
        Terminal terminal, GenerationRequest request, string[] prompts, TrainedModel trained, Device device)
    {
        TextGenerator generator = new(trained.Model, trained.Corpus.Tokenizer, device);
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
                statistics.Sampler,
                statistics.Chunks,
                statistics.MeanCandidates,
                statistics.MostCandidates,
                statistics.Drawn,
                statistics.CompletionCandidates,
                statistics.AtBound,
                statistics.GroupRate,
                statistics.TrialRate,
                statistics.SumOfSquares,
                Texts = written.Texts.Select((text, i) =>
                    new { Prompt = prompts[i], text.Text, text.Tokens, text.Candidates, text.Ended }),
            },
            writer =>
            {
                writer.WriteLine(streams ? "" : string.Join("\n\n", written.Texts.Select(text => text.Text)));
                terminal.Error.WriteLine($"{statistics}; {written.Texts[0].SecondsPerChunk * 1e3:0.##} ms a chunk.");
            });
        return 0;
    }
}
