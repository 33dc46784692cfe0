using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm generate RUN</c> of a discrete model, and the options that only such a run has.</summary>
internal sealed class ArGeneration
{
    private readonly Option<int?> _topK = new("--top-k")
    {
        Description = "Run of calm train ar: draw among the so many likeliest tokens",
    };

    private readonly Option<double?> _topP = new("--top-p")
    {
        Description = "Run of calm train ar: draw among the fewest likeliest tokens with this share of probability",
    };

    /// <summary>Adds the options to the command.</summary>
    public ArGeneration(Command command)
    {
        command.Options.Add(_topK);
        command.Options.Add(_topP);
    }

    /// <summary>Whether a folder is a run of a discrete model. For other runs these options are refused.</summary>
    /// <exception cref="UsageException">An option is given that the run does not have.</exception>
    public bool Handles(ParseResult parsed, string path)
    {
        bool handles = TrainedArModel.Is(path);
        parsed.Refuse(
            $"{path} is no run of calm train ar, and other models have no probabilities to cut; leave it out, and lower "
            + "--temperature",
            handles ? [] : [_topK, _topP]);
        return handles;
    }

    /// <summary>Writes texts one after the other. Each is the same as if it were written alone.</summary>
    /// <param name="terminal">The output.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="path">The run.</param>
    /// <param name="text">Folder of its tokenized text, if that was moved; or null.</param>
    /// <param name="average">Whether to take the moving average of its weights in their place.</param>
    /// <param name="request">The settings that all models share; candidates are ignored.</param>
    /// <param name="prompts">The beginnings of the texts.</param>
    /// <param name="device">The device that runs it.</param>
    public int Run(
        Terminal terminal, ParseResult parsed, string path, string? text, bool average, GenerationRequest request,
        string[] prompts, Device device)
    {
        request = request with { TopK = parsed.GetValue(_topK) ?? 0, TopP = parsed.GetValue(_topP) ?? 1 };
        using TrainedArModel trained = terminal.During(
            $"reading {path}", _ => TrainedArModel.Open(path, device, text, average));
        ArTextGenerator generator = new(trained.Model, trained.Tokenizer, trained.PatchSize, device);
        bool streams = !terminal.Json && prompts.Length == 1;
        GeneratedText[] texts =
        [
            .. prompts.Select(prompt => generator.Generate(request with { Prompt = prompt }, piece =>
            {
                if (streams)
                {
                    terminal.Out.Write(piece);
                    terminal.Out.Flush();
                }
            })),
        ];

        // A chunk is a token, and one is drawn for each.
        int tokens = texts.Sum(text => text.Tokens);
        terminal.Result(
            new
            {
                text = string.Join('\n', texts.Select(one => one.Text)),
                tokens,
                candidates = tokens,
                secondsPerChunk = texts.Sum(one => one.SecondsPerChunk * one.Tokens) / Math.Max(1, tokens),
                ended = texts.All(one => one.Ended),
                ending = EndingName.OfAll(texts),
                texts = texts.Select((one, i) =>
                    new { prompt = prompts[i], one.Text, one.Tokens, one.Ended, ending = EndingName.Of(one) }),
            },
            writer => writer.WriteLine(streams ? "" : string.Join("\n\n", texts.Select(one => one.Text))));
        return 0;
    }
}
