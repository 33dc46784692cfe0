using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Trains the arms of a study within its budget and measures them: first the autoencoders, then rounds. In each round every arm
/// is trained to its next checkpoint, so that the arms can be compared after every round.
/// Measurements are stored in the results and weights in the arms' run folders, so the same call in the same folder resumes
/// the study.
/// </summary>
internal sealed class StudyRunner : IDisposable
{
    // Models that are opened and saved, page, plots and whatever is not foreseen.
    private const double ReserveShare = 0.05;
    private const double MostTimingSeconds = 3;
    private const double TimingShare = 0.01;
    private const double SecondsBetweenSaves = 120;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly IStudy _study;
    private readonly StudyDesign _design;
    private readonly StudyDescription _description;
    private readonly string _folder;
    private readonly Device _device;
    private readonly Terminal _terminal;
    private readonly StudyConfigs _configs;
    private readonly StudyTexts _texts;
    private readonly StudyPlan _plan;
    private readonly StudyResults _results;
    private readonly double _before;

    /// <summary>A new or resumed study in a folder.</summary>
    /// <param name="study">The study.</param>
    /// <param name="description">The request.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="device">The device.</param>
    /// <param name="terminal">Output of progress.</param>
    /// <param name="buildText">Makes a text in a folder, with an existing tokenizer or null.</param>
    public StudyRunner(
        IStudy study, StudyDescription description, string folder, Device device, Terminal terminal,
        Func<string, TextNeed, ITokenizer?, Corpus> buildText)
    {
        (_study, _design, _description, _folder) = (study, study.Design, description, folder);
        (_device, _terminal) = (device, terminal);
        _configs = new StudyConfigs(_design, description, device.Precision);
        int alignment = AllArms.Max(arm => _configs.Of(arm).Calm.PatchSize);
        _texts = new StudyTexts(Path.Combine(folder, "data"), alignment, buildText);
        _plan = new StudyPlan(Path.Combine(folder, "plan.json"));
        _results = new StudyResults(Path.Combine(folder, "results.jsonl"));
        _before = _results.Elapsed;
    }

    /// <summary>Seconds that the study has taken, in all its runs.</summary>
    private double Elapsed => _before + _clock.Elapsed.TotalSeconds;

    /// <summary>Trains and measures everything that is not measured yet.</summary>
    /// <exception cref="CalmException">Interrupted; results so far are kept.</exception>
    public StudyRecord Run()
    {
        // A text that is refused leaves nothing in the way of the next try.
        foreach (StudyArm arm in AllArms)
        {
            _ = TextOf(_configs.Of(arm));
        }

        _description.Write(_folder);
        foreach (StudyArm autoencoder in _design.Autoencoders)
        {
            PlanAutoencoder(autoencoder);
            Train(autoencoder, 0);
        }

        PlanArms();
        RoundForecast? leftOut = TrainRounds();
        return new StudyRecord(_design, _plan, _results) { LeftOut = leftOut };
    }

    /// <inheritdoc/>
    public void Dispose() => _texts.Dispose();

    private IEnumerable<StudyArm> AllArms => _design.Autoencoders.Concat(_design.Arms);

    /// <summary>Trains the arms from round to round.</summary>
    /// <returns>The first round that did not fit the budget; null if all did.</returns>
    private RoundForecast? TrainRounds()
    {
        ArmPlan[] plans = [.. _design.Arms.Select(arm => _plan.Find(arm.Name)!)];
        for (int round = 0; round < plans[0].Checkpoints.Length; round++)
        {
            // A round that has begun is ended, so that what it has cost is of use.
            bool hasBegun = round == 0 || plans.Any(plan => _results.Has(plan.Arm, round));
            if (_description.Steps == 0 && !hasBegun
                && RoundForecast.Of(plans, _results, round, _description.Budget) is { Fits: false } forecast)
            {
                return forecast;
            }

            foreach (StudyArm arm in _design.Arms)
            {
                Train(arm, round);
            }
        }

        return null;
    }

    private void PlanAutoencoder(StudyArm arm)
    {
        if (_plan.Find(arm.Name) is null)
        {
            ArmCost cost = CostOf(arm);
            double seconds = _design.AutoencoderShare * _description.Budget.TotalSeconds / _design.Autoencoders.Count;
            int steps = _description.Steps > 0 ? _description.Steps : StudyPlan.AutoencoderSteps(seconds, cost);
            _plan.Add([new ArmPlan(arm.Name, [steps], cost)]);
        }
    }

    private void PlanArms()
    {
        if (_plan.Find(_design.Arms[0].Name) is not null)
        {
            return;
        }

        // In two turns: what else the machine does for a while should not lie on one arm alone.
        ArmCost[] costs = [.. _design.Arms.Select(arm => CostOf(arm))];
        costs = [.. costs.Zip(_design.Arms, (cost, arm) => CostOf(arm, cost))];
        double left = (1 - ReserveShare) * _description.Budget.TotalSeconds - Elapsed;
        int rounds = _design.Checkpoints(StudyPlan.FewestSteps, StudyPlan.FewestSteps).Length;
        int[] steps = _description.Steps > 0
            ? [.. costs.Select(_ => _description.Steps)]
            : StudyPlan.Steps(costs, _design.Equal, left, rounds);
        _plan.Add(_design.Arms.Select(
            (arm, i) => new ArmPlan(arm.Name, _design.Checkpoints(steps[i], steps.Min()), costs[i])));
    }

    /// <summary>Times an arm's steps, from initial weights, and an evaluation.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="known">The cost measured in an earlier turn, of which the faster steps are used; null in the first.</param>
    private ArmCost CostOf(StudyArm arm, ArmCost? known = null)
    {
        RunConfig config = Resolve(_configs.Of(arm));
        TrainingConfig training = config.Training(arm.Stage);
        using IStage stage = Open(arm, config);
        double flops = stage.TokensPerStep * FlopCount.Of(arm.Stage, config).TrainingPerToken;
        if (_description.Steps > 0)
        {
            return new ArmCost(0, 0, flops, stage.TokensPerStep);
        }

        string folder = FolderOf(arm);
        RunFolder run = RunFolder.Create(folder, Describe(arm, config), keepLast: 1);
        using ProgressLine progress = new(_terminal);
        using Trainer trainer = new(stage, training, _device, run, progress) { Begins = progress.Begin };
        double seconds = Math.Min(MostTimingSeconds, TimingShare * _description.Budget.TotalSeconds);
        double step = trainer.TimeStep(seconds);
        return known is null
            ? new ArmCost(step, trainer.TimeEvaluation(), flops, stage.TokensPerStep)
            : known with { SecondsPerStep = Math.Min(step, known.SecondsPerStep) };
    }

    /// <summary>Trains an arm to a checkpoint and measures it there, unless that was done.</summary>
    private void Train(StudyArm arm, int round)
    {
        if (_results.Has(arm.Name, round))
        {
            return;
        }

        double start = Elapsed;
        ArmPlan plan = _plan.Find(arm.Name)!;
        RunConfig config = Resolve(_configs.Of(arm));
        TrainingConfig training = config.Training(arm.Stage) with
        {
            Steps = plan.Steps,
            SaveEvery = plan.Cost.SecondsPerStep > 0 ? (int)Math.Max(1, SecondsBetweenSaves / plan.Cost.SecondsPerStep) : 0,
        };
        training = training with { WarmupSteps = Math.Min(training.WarmupSteps, StudySettings.WarmUp(plan.Steps)) };
        config = config.With(arm.Stage, training);
        RunFolder run = RunFolder.Create(FolderOf(arm), Describe(arm, config), keepLast: 1);
        using IStage stage = Open(arm, config);
        using ProgressLine progress = new(_terminal);
        using Trainer trainer = new(stage, training, _device, run, progress) { Begins = progress.Begin };
        using Interruption interruption = new();
        Leg leg = new(trainer, plan.Checkpoints[round]);
        _terminal.Error.WriteLine(
            $"{_study.Name}: {arm.Label}, to step {plan.Checkpoints[round]:N0} of {plan.Steps:N0}, after "
            + $"{Readable.Duration(Elapsed)}");
        TrainingOutcome outcome = trainer.Run(interruption.Token);
        if (!outcome.Finished)
        {
            throw new CalmException(
                $"interrupted in {arm.Label} after step {outcome.Steps}; what was done is kept in {_folder}: "
                + $"calm study {_study.Name} --out {_folder} --resume goes on.");
        }

        if (outcome.Steps >= plan.Steps)
        {
            run.Publish();
        }

        Record(arm, plan, round, outcome, leg, start, new StudyProbe(
            arm, stage, config, TextOf(config), _device, round));
    }

    private void Record(
        StudyArm arm, ArmPlan plan, int round, TrainingOutcome outcome, Leg leg, double start, StudyProbe probe)
    {
        double perStep = leg.SecondsPerStep ?? plan.Cost.SecondsPerStep;
        double before = _results.Find(arm.Name, round - 1)?["seconds"] ?? 0;
        int stepsBefore = round == 0 ? 0 : plan.Checkpoints[round - 1];
        Dictionary<string, double> values = new(outcome.Measure!.Values)
        {
            ["tokens"] = (double)outcome.Steps * plan.Cost.TokensPerStep,
            ["flops"] = outcome.Steps * plan.Cost.FlopsPerStep,
            ["flopsCounted"] = outcome.Cost.Work.MultiplyAdds,
            ["seconds"] = before + perStep * (outcome.Steps - stepsBefore),
        };
        List<Measurement> variants = [];
        foreach ((string variant, IReadOnlyDictionary<string, double> more) in _study.Measure(probe))
        {
            if (variant.Length > 0)
            {
                variants.Add(Line(variant, more));
                continue;
            }

            foreach ((string name, double value) in more)
            {
                values[name] = value;
            }
        }

        values["secondsOther"] = Elapsed - start - leg.Seconds;
        _results.Add([Line("", values), .. variants]);

        // Values that are not numbers, such as the ends of an undefined interval, are left out.
        Measurement Line(string variant, IReadOnlyDictionary<string, double> found) => new(
            arm.Name, round, variant, outcome.Steps, Elapsed,
            found.Where(one => double.IsFinite(one.Value)).ToDictionary(one => one.Key, one => one.Value));
    }

    /// <summary>The part of an arm's training that ends at a checkpoint. Measures the time of its steps.</summary>
    private sealed class Leg
    {
        private readonly Stopwatch _steps = new();
        private int _count;

        /// <summary>Resumes from the last saved weights and ends the trainer's run at a step.</summary>
        public Leg(Trainer trainer, int end)
        {
            int at = trainer.Resume();
            trainer.AfterStep = step => at = step;
            trainer.IsTimeUp = () => at >= end;
            trainer.AroundStep = step =>
            {
                _steps.Start();
                step();
                _steps.Stop();
                _count++;
            };
        }

        /// <summary>Time of the steps that were run.</summary>
        public double Seconds => _steps.Elapsed.TotalSeconds;

        /// <summary>Its mean; null if there were none.</summary>
        public double? SecondsPerStep => _count > 0 ? Seconds / _count : null;
    }

    private IStage Open(StudyArm arm, RunConfig config)
    {
        string? autoencoder = _configs.AutoencoderOf(arm) is { } its ? RunFolder.Open(FolderOf(its)).LatestModel() : null;
        return StageFactory.Create(arm.Stage, config, autoencoder, TextOf(config), _device);
    }

    private RunFolder.Description Describe(StudyArm arm, RunConfig config) => RunFolder.Description.Of(
        arm.Stage, TextOf(config),
        _configs.AutoencoderOf(arm) is { } its ? RunFolder.Open(FolderOf(its)).LatestModel() : null, _device, config);

    private string FolderOf(StudyArm arm) => Path.Combine(_folder, "arms", arm.Name);

    private Corpus TextOf(RunConfig config) => _texts[config.Calm.PatchSize, config.CalmTraining.ContextPatches];

    private RunConfig Resolve(RunConfig config) => config.With(TextOf(config).Tokenizer);
}
