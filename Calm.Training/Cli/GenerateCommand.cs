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
        Argument<string> run = new("run") { Description = "Run folder of a language model, or of a demo" };
        Option<string> prompt = new("--prompt") { Description = "How the text begins", DefaultValueFactory = _ => "" };
        Option<double> temperature = new("--temperature")
        {
            Description = "1/n: 1, 0.5, 0.3333333, ...; lower is more like the text it learnt from",
            DefaultValueFactory = _ => 0.5,
        };
        Option<int> candidates = new("--candidates")
        {
            Description = "Draws from which each patch is chosen; temperature 1 takes one",
            DefaultValueFactory = _ => 200,
        };
        Option<ulong> seed = new("--seed") { Description = "The same seed gives the same text", DefaultValueFactory = _ => 1 };
        Option<int> tokens = new("--max-tokens") { Description = "Tokens to add at most", DefaultValueFactory = _ => 256 };
        command.Arguments.Add(run);
        foreach (Option option in new Option[] { prompt, temperature, candidates, seed, tokens })
        {
            command.Options.Add(option);
        }

        ArGeneration discrete = new(command);
        command.SetAction(parsed =>
        {
            GenerationRequest request = new(
                parsed.GetValue(prompt)!, parsed.GetValue(temperature), parsed.GetValue(candidates),
                parsed.GetValue(seed), parsed.GetValue(tokens));
            if (discrete.Handles(parsed, parsed.GetValue(run)!))
            {
                using Device own = devices.Open(parsed, terminal);
                return discrete.Run(terminal, parsed, parsed.GetValue(run)!, request, own);
            }

            Check(request);
            using Device device = devices.Open(parsed, terminal);
            using TrainedModel trained = TrainedModel.Open(parsed.GetValue(run)!, device);
            return Run(terminal, request, trained, device);
        });
        return command;
    }

    private static void Check(GenerationRequest request)
    {
        _ = BatchTemperature.Agreement(request.Temperature);
        if (request.Candidates < 1)
        {
            throw new UsageException($"--candidates {request.Candidates}: must be at least 1.");
        }

        if (request.MostTokens < 1)
        {
            throw new UsageException($"--max-tokens {request.MostTokens}: must be at least 1.");
        }
    }

    private static int Run(Terminal terminal, GenerationRequest request, TrainedModel trained, Device device)
    {
        TextGenerator generator = new(trained.Model, trained.Corpus.Tokenizer, device);
        GeneratedText text = generator.Generate(request, piece =>
        {
            if (!terminal.Json)
            {
                terminal.Out.Write(piece);
                terminal.Out.Flush();
            }
        });
        terminal.Result(
            new { text.Text, text.Tokens, text.Candidates, text.SecondsPerChunk, text.Ended },
            writer => writer.WriteLine());
        return 0;
    }
}
