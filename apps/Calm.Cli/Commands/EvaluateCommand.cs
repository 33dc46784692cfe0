using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm evaluate RUN</c>: accuracy of the autoencoder, BrierLM of the model, and of the counting baselines.</summary>
internal sealed class EvaluateCommand
{
    private const int DefaultDraws = 8;
    private const int MostDraws = 4096;

    private readonly Terminal _terminal;
    private readonly Argument<string> _run = new("run") { Description = "Run folder of calm train, calm import or a demo" };
    private readonly Option<string> _estimator = BrierOptions.Estimator(
        "clamped, or published: two draws, the last window of K < 4 left out, negative scores multiplied");

    private readonly Option<long> _patches = new("--patches") { Description = "Patches to look at; 0, the default, for all" };
    private readonly Option<int?> _draws = new("--draws")
    {
        Description = $"Draws at each position. Default: {DefaultDraws}; two with K < 4 or --estimator published",
    };

    private readonly Option<string[]> _against = new("--against")
    {
        Description = "Another run of calm train calm or ar on the same text, for a paired test; may be repeated",
    };

    private readonly Option<bool> _ema;
    private readonly SeriesMeasureOptions _series;
    private readonly EvaluatedText _text;
    private readonly DeviceOptions _devices;

    private EvaluateCommand(Command command, Terminal terminal)
    {
        _terminal = terminal;
        command.Arguments.Add(_run);
        foreach (Option option in new Option[] { _patches, _draws, _estimator, _against })
        {
            command.Options.Add(option);
        }

        _ema = EmaOption.AddTo(command);
        _series = new SeriesMeasureOptions(command);
        _text = new EvaluatedText(command);
        _devices = new DeviceOptions(command);
    }

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "evaluate",
            "Measure a run on its held-out text, or on any by --data: what its autoencoder gets right, BrierLM beside counting "
            + "baselines, of a series its forecasts, of calm train ar its cross-entropy; with all that the numbers depend on. "
            + "Example: calm evaluate runs/calm --against runs/other");
        EvaluateCommand evaluate = new(command, terminal);
        command.SetAction(evaluate.Execute);
        return command;
    }

    private int Execute(ParseResult parsed)
    {
        string path = parsed.GetValue(_run)!;
        ScoreRequest request = Request(parsed);
        RunFolder folder = RunFolder.OpenModel(path);
        RunFolder.Description description = folder.ReadDescription();
        string what = $"{path} is a run of {description.Stage.Name()}";
        string text = _text.Moved(parsed) ?? description.Corpus;
        bool isSeries = description.Stage == Stage.Calm && SeriesMeasureOptions.Apply(text) && description.ImportedFrom is null;
        parsed.Refuse(
            $"{path} is no run of calm train calm on a series, so nothing is forecast; leave it out",
            isSeries ? [] : _series.Options);
        if (SeriesInfo.Find(text) is not null)
        {
            _text.RefuseOther(parsed, $"{path} is a run of a series, which is measured on its own held-out rows; leave it out");
        }

        using Device device = _devices.Open(parsed, _terminal);
        switch (description.Stage)
        {
            case Stage.Ar:
                parsed.Refuse(
                    $"{what}, which is scored by its probabilities; leave it out",
                    request.Rivals.All(TrainedArModel.Is) ? [_draws] : []);
                return RunAr(parsed, path, request, device);

            case Stage.Autoencoder:
                parsed.Refuse(
                    $"{what}, which has no BrierLM; leave it out", [_draws, _estimator, _against, .. _text.OfLanguageModels]);
                return RunAutoencoder(parsed, folder, device, request.Patches);
            default:
                int k = description.Config.Calm.PatchSize;
                parsed.Refuse(
                    $"{what} with patches of {k} tokens, and the estimator is {request.Estimator.ToString().ToLowerInvariant()}: "
                    + "two draws are made at each position; leave it out",
                    request.Estimator == BrierEstimator.Published || k < BrierScore.MostTokens ? [_draws] : []);
                return RunCalm(parsed, path, request, device);
        }
    }

    private ScoreRequest Request(ParseResult parsed)
    {
        bool isPapers = _text.IsPapers(parsed);
        parsed.Refuse("--protocol paper has the published one; leave it out", isPapers ? [_estimator] : []);
        int draws = parsed.GetValue(_draws) ?? DefaultDraws;
        GivenOptions.RequireAtLeast(_draws, draws, 2);
        GivenOptions.RequireAtMost(_draws, draws, MostDraws);
        return new ScoreRequest(
            isPapers ? BrierEstimator.Published : BrierOptions.Parse(parsed.GetValue(_estimator)!),
            parsed.AtLeast(_patches, 0), draws, parsed.GetValue(_against) ?? []);
    }

    /// <summary>Measures a language model of patches, and of a series its forecasts.</summary>
    private int RunCalm(ParseResult parsed, string path, ScoreRequest request, Device device)
    {
        RivalRun.RequireSameWindows(request.Rivals, isDiscrete: false, request.Estimator);
        using TrainedModel trained = _terminal.During(
            $"reading {path}", _ => TrainedModel.Open(path, device, _text.Moved(parsed), parsed.GetValue(_ema)));
        int k = trained.Model.Config.PatchSize;
        int context = _text.Context(parsed, trained.Description.Config.CalmTraining.ContextPatches * k, k);
        using MeasuredText text = _text.Open(parsed, trained.Tokenizer, k, () => trained.Corpus, _terminal);
        HeldOutWindows windows = new(text.Tokens, context / k, request.Patches, k);
        AutoencoderAccuracy accuracy = _terminal.During(
            "measuring the autoencoder",
            activity => new AutoencoderEvaluator(trained.Model.Autoencoder, device).Measure(windows, activity));
        RemarkShort(text, windows, context);
        double loss = _terminal.During(
            "measuring the loss", activity => new HeldOutLoss(trained.Model, device).Measure(windows, activity));
        BrierCurve curve = new(windows.Patches, request.Estimator);
        BrierTotals totals = _terminal.During(
            $"measuring {path}",
            activity => new CalmEvaluator(trained.Model, device, request.Estimator, request.Draws)
                .Totals(windows, activity, curve));
        int? draws = request.Estimator == BrierEstimator.Published || k < BrierScore.MostTokens ? 2 : request.Draws;
        ScoredRun scored = new(
            text, windows, totals, request.Estimator, context, curve,
            EvaluationProtocol.Of(text, windows, request.Estimator, draws, trained.WeightsFile, device));
        ModelScores scores = ModelScores.Measure(path, scored, trained.LearntText, request, device, _terminal);
        SeriesResult? forecast = _terminal.During("forecasting", _ => _series.Measure(parsed, trained, device));
        if (SeriesInfo.Find(trained.TextFolder) is { Fill: GapFill.Previous or GapFill.Linear })
        {
            _terminal.Error.WriteLine("series: rows and values that were filled count as truth.");
        }

        scores.Remark(_terminal);
        Dictionary<string, object?> json = new()
        {
            ["accuracy"] = accuracy.Mean,
            ["accuracySampled"] = accuracy.Sampled,
            ["accuracyPerturbed"] = accuracy.Perturbed,
            ["loss"] = loss,
        };
        scores.AddTo(json);
        json["forecast"] = forecast;
        _terminal.Result(json, writer =>
        {
            Write(writer, accuracy);
            writer.WriteLine($"loss of the {trained.Model.Config.Head.ToString().ToLowerInvariant()} head {loss:F4} a patch");
            scores.WriteTable(writer, "calm");
            if (forecast is not null)
            {
                ForecastReport.Write(writer, forecast);
            }

            scores.WriteTests(writer);
            scores.WriteProtocol(writer);
        });
        NextStep.AfterEvaluation(_terminal, Stage.Calm, path);
        return 0;
    }

    /// <summary>Measures a discrete model.</summary>
    private int RunAr(ParseResult parsed, string path, ScoreRequest request, Device device)
    {
        RivalRun.RequireSameWindows(request.Rivals, isDiscrete: true, request.Estimator);
        using TrainedArModel trained = _terminal.During(
            $"reading {path}", _ => TrainedArModel.Open(path, device, _text.Moved(parsed), parsed.GetValue(_ema)));
        int k = trained.PatchSize;
        int context = _text.Context(parsed, trained.Description.Config.ArTraining.ContextTokens, k);
        using MeasuredText text = _text.Open(parsed, trained.Tokenizer, k, () => trained.Corpus, _terminal);
        HeldOutWindows windows = new(text.Tokens, context / k, request.Patches, k);
        RemarkShort(text, windows, context);
        BrierCurve curve = new(windows.Patches, request.Estimator);
        ArMeasure measure = _terminal.During(
            $"measuring {path}",
            activity => new ArEvaluator(trained.Model, device, text.Tokenizer, request.Estimator)
                .Measure(windows, activity, curve));
        ScoredRun scored = new(
            text, windows, measure.Totals, request.Estimator, context, curve,
            EvaluationProtocol.Of(text, windows, request.Estimator, null, trained.WeightsFile, device));
        ModelScores scores = ModelScores.Measure(path, scored, trained.LearntText, request, device, _terminal);
        scores.Remark(_terminal);
        Dictionary<string, object?> json = new()
        {
            ["crossEntropy"] = measure.CrossEntropy,
            ["perplexity"] = measure.Perplexity,
            ["bitsPerByte"] = measure.BitsPerByte,
            ["tokens"] = measure.Tokens,
        };
        scores.AddTo(json);
        _terminal.Result(json, writer =>
        {
            writer.WriteLine(
                $"cross-entropy {measure.CrossEntropy:F4} nats a token, perplexity {measure.Perplexity:F3}, "
                + $"{measure.BitsPerByte:F3} bits a byte; {measure.Tokens:N0} tokens");
            scores.WriteTable(writer, "ar");
            scores.WriteTests(writer);
            scores.WriteProtocol(writer);
        });
        NextStep.AfterEvaluation(_terminal, Stage.Ar, path);
        return 0;
    }

    private void RemarkShort(MeasuredText text, HeldOutWindows windows, int context)
    {
        int tokens = windows.Patches * windows.PatchSize;
        if (tokens < context)
        {
            _terminal.Error.WriteLine(
                $"{text.Name}: has {text.Tokens.Tokens} tokens, less than a context of {context}: one of {tokens} is measured.");
        }
    }

    private int RunAutoencoder(ParseResult parsed, RunFolder folder, Device device, long patches)
    {
        Autoencoder model = _terminal.During(
            $"reading {folder.Path}", _ => PublishedCheckpoint.LoadAutoencoder(folder.LatestModel(), device));
        if (parsed.GetValue(_ema))
        {
            folder.ReadAverage(model.Parameters);
        }

        using Corpus? corpus = _text.IsGiven(parsed) ? null : folder.OpenText(_text.Moved(parsed));
        ITokenizer tokenizer = corpus?.Tokenizer ?? folder.OpenTokenizer();
        using MeasuredText text = _text.Open(parsed, tokenizer, model.Config.PatchSize, () => corpus!, _terminal);
        AutoencoderAccuracy accuracy = _terminal.During(
            $"measuring {folder.Path}",
            activity => new AutoencoderEvaluator(model, device).Measure(new HeldOutWindows(text.Tokens, 64, patches), activity));
        _terminal.Result(
            new
            {
                accuracy = accuracy.Mean,
                accuracySampled = accuracy.Sampled,
                accuracyPerturbed = accuracy.Perturbed,
                perturbation = accuracy.Sigma,
                accuracy.Loss,
                accuracy.ActiveDimensions,
                accuracy.Tokens,
                text = text.Name,
                textSha256 = text.Sha256,
            },
            writer => Write(writer, accuracy));
        NextStep.AfterEvaluation(_terminal, Stage.Autoencoder, folder.Path);
        return 0;
    }

    private static void Write(TextWriter writer, AutoencoderAccuracy a) =>
        writer.WriteLine(
            $"autoencoder accuracy {100 * a.Mean:F3} % (mean latent), {100 * a.Sampled:F3} % (drawn), "
            + $"{100 * a.Perturbed:F3} % (mean plus noise of {a.Sigma}); {a.ActiveDimensions} active latent dimensions");
}
