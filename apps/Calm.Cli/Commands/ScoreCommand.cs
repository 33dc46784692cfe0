using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// <c>calm score RUN</c>: ranks continuations of a prompt, or counts how often the true continuation of held-out text is ranked
/// first.
/// </summary>
internal static class ScoreCommand
{
    private const int Draws = 64;
    private const int MostChoices = 1000;
    private const int MostTrials = 1_000_000;

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "score",
            "Rank continuations of a prompt by energy and agreement of draws, of calm train ar by their probability; or find "
            + "out how often the true one of held-out text comes first. "
            + "Example: calm score runs/demo --prompt \"Returns the\" --continuation \" value\" --continuation \" banana\"");
        Argument<string> run = new("run") { Description = "Run folder of calm train calm or ar, calm import or a demo" };
        ContinuationOptions texts = new();
        Option<int?> draws = new("--draws")
        {
            Description = $"Draws of each patch by the model, and of the latent of the text's own patch. Default: {Draws}",
        };
        Option<int?> trials = new("--trials")
        {
            Description = "Rank the true continuation at so many places of the run's held-out text among random ones",
        };
        Option<int> tokens = new("--tokens")
        {
            Description = "With --trials: tokens of a continuation", DefaultValueFactory = _ => 32,
        };
        Option<int> choices = new("--choices")
        {
            Description = "With --trials: continuations to choose from", DefaultValueFactory = _ => 10,
        };
        Option<ulong> seed = new("--seed") { Description = "The same seed gives the same scores", DefaultValueFactory = _ => 1 };
        command.Arguments.Add(run);
        Option[] own = [.. texts.Options, draws, trials, tokens, choices, seed];
        Array.ForEach(own, command.Options.Add);

        Option<string?> data = RunText.AddTo(command);
        DeviceOptions devices = new(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(run)!;
            int count = parsed.GetValue(draws) ?? Draws;
            GivenOptions.RequireAtLeast(draws, count, 2);
            GivenOptions.RequireAtMost(draws, count, EnergyScorer.MostDraws);
            bool isDiscrete = TrainedArModel.Is(path);
            parsed.Refuse(
                $"{path} is a run of calm train ar, which is scored by its probabilities; leave it out",
                isDiscrete ? [draws] : []);
            int? wanted = parsed.GetValue(trials);
            if (wanted is { } number)
            {
                GivenOptions.RequireAtLeast(trials, number, 1);
                GivenOptions.RequireAtMost(trials, number, MostTrials);
                parsed.AtLeast(tokens, 1);
                parsed.AtLeast(choices, 2);
                GivenOptions.RequireAtMost(choices, parsed.GetValue(choices), MostChoices);
                parsed.Refuse("--trials takes its texts from what the run holds out; leave it out", texts.Options);
            }

            parsed.Refuse("counts with --trials only; leave it out", wanted is null ? [tokens, choices] : []);
            parsed.Refuse(
                $"{path} is a run of calm train ar, and without --trials nothing is random; leave it out",
                wanted is null && isDiscrete ? [seed] : []);
            Continuation[] given = wanted is null ? texts.Read(parsed) : [];
            using Device device = devices.Open(parsed, terminal);
            using ScoredModel model = terminal.During(
                $"reading {path}",
                _ => ScoredModel.Open(path, device, parsed.GetValue(data), count, parsed.GetValue(seed)));
            if (wanted is null)
            {
                Rank(terminal, model, texts.Prompt(parsed), given, texts.Ends(parsed));
            }
            else
            {
                GivenOptions.RequireAtLeast(tokens, parsed.GetValue(tokens), model.FewestTokens);
                Try(terminal, model, wanted.Value, parsed.GetValue(tokens), parsed.GetValue(choices), parsed.GetValue(seed));
            }

            return 0;
        });
        return command;
    }

    private static void Rank(Terminal terminal, ScoredModel model, string prompt, Continuation[] given, bool ends)
    {
        ContinuationRanking ranking = terminal.During(
            $"scoring {Readable.Count(given.Length, "continuation")}",
            activity => ContinuationRanking.Of(model, prompt, given, ends, activity));
        terminal.Result(ranking.Json(), ranking.Write);
    }

    private static void Try(Terminal terminal, ScoredModel model, int trials, int tokens, int choices, ulong seed)
    {
        HeldOutPlaces places = new(model.Corpus.HeldOut, tokens);
        CountBaseline counts = terminal.During(
            "counting for the baseline",
            _ => new CountBaseline(model.Corpus.Train.All(), model.Tokenizer.VocabularySize));
        using BigramScorer bigrams = new(counts, model.Tokenizer);
        RankingTrials.Result result = terminal.During(
            $"ranking at {Readable.Count(trials, "place")}",
            activity => new RankingTrials(places, model.ContextTokens, tokens, choices, seed)
                .Run(trials, [model.Scorer, bigrams], activity));
        TrialsReport report = new(result, tokens, choices);
        report.Remark(terminal);
        terminal.Result(report.Json(), report.Write);
    }
}
