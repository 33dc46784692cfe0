using System.Diagnostics;
using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The end of a training run.</summary>
/// <param name="Steps">Steps done, counted from the beginning of the run.</param>
/// <param name="Finished">Whether all steps were done; false if it was cancelled.</param>
/// <param name="Measure">The last evaluation.</param>
/// <param name="Seconds">Time spent in this process.</param>
/// <param name="Cost">The cost since the beginning of the run.</param>
public sealed record TrainingOutcome(
    int Steps, bool Finished, StageMeasure? Measure, double Seconds, CostReading Cost);

/// <summary>
/// The training loop: micro-batches, clipping, AdamW, log, evaluation, checkpoints, and the policy for NaN. Random numbers
/// are functions of seed and step, so a resumed run gives the same bits.
/// </summary>
internal sealed partial class Trainer : IDisposable
{
    private readonly IStage _stage;
    private readonly RunFolder _run;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly AdamWOptimizer _optimizer;
    private readonly Tape _tape;
    private readonly TrainingCost _cost;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private TrainerState _state = new();
    private StageMeasure? _measure;
    private int _measuredStep;
    private int _startStep;
    private int _savedStep;
    private bool _lacksLine; // the process that saved this step ended before it had measured and logged it
    private bool _isUpdating; // weights and moments are being changed: in between they belong to no step

    /// <summary>A trainer for a stage whose parameters are allocated and initialized.</summary>
    public Trainer(IStage stage, TrainingConfig config, Device device, RunFolder run,
        IProgress<TrainingProgress>? progress = null)
    {
        _stage = stage;
        Config = config;
        _run = run;
        _progress = progress;
        device.Precision = config.Precision;
        _cost = new TrainingCost(device);
        _tape = new Tape(device) { ReleasesEarly = true, Recomputes = config.Recompute };
        _optimizer = new AdamWOptimizer(
            device, stage.Parameters,
            new AdamW.Options(config.Beta1, config.Beta2, WeightDecay: config.WeightDecay));
        _average = config.EmaDecay > 0 ? new AveragedWeights(device, stage.Parameters, config.EmaDecay) : null;
        _average?.Reset();
    }

    /// <summary>The settings; they may be changed between steps.</summary>
    public TrainingConfig Config { get; set; }

    /// <summary>Called with each step and must run it; for profiles of whole steps.</summary>
    public Action<Action>? AroundStep { get; set; }

    /// <summary>Called after each step with its number.</summary>
    public Action<int>? AfterStep { get; set; }

    /// <summary>Called with the last step and with work that begins between steps and may take a while: "evaluating".</summary>
    public Action<Stage, int, string>? Begins { get; set; }

    /// <summary>Asked before each step. If true, the run ends as if its last step were done, as when time is up.</summary>
    public Func<bool> IsTimeUp { get; set; } = static () => false;

    /// <summary>Goes on from the newest checkpoint. A run without one starts at the beginning, with an empty log.</summary>
    /// <returns>The steps that are done.</returns>
    /// <exception cref="CalmException">There are checkpoints, but none is complete, or this one has changed.</exception>
    public int Resume()
    {
        if (_run.Checkpoints.Latest is { } checkpoint)
        {
            Resume(checkpoint);
        }
        else if (_run.Checkpoints.HasIncomplete)
        {
            _run.LatestModel(); // throws, and says what is wrong
        }
        else if (_run.WasSaved)
        {
            throw new CalmException(
                $"{_run.Checkpoints.Root}: the checkpoints are gone, but the run was saved; put them back, or train in another "
                + "folder.");
        }
        else
        {
            _run.Log.KeepThrough(0);
        }

        return _state.Step;
    }

    private void Resume(SavedCheckpoint checkpoint)
    {
        checkpoint.Verify();
        _stage.ReadModel(checkpoint.Folder);
        ReadAverage(checkpoint.Folder);
        _state = TrainerState.Read(checkpoint.Folder, _stage.Parameters, _optimizer);
        RestoreRecent(_state);
        if (_state.Step > 0 && _state.TokensRead == 0)
        {
            _state = Advanced(_state, _state.Step); // an older checkpoint, which did not count them
        }

        _startStep = _savedStep = _state.Step;
        _run.Log.KeepThrough(_state.Step);
        _lacksLine = _state.Step > 0 && double.IsFinite(_state.Loss) && IsLogged(_state.Step) && _run.Log.LastStep < _state.Step;
    }

    /// <summary>Measures the median seconds of a step, then resets weights and moments.</summary>
    /// <param name="seconds">Time to spend.</param>
    public double TimeStep(double seconds)
    {
        const int warmUpSteps = 4; // compilation
        Begin(0, "timing steps");
        List<double> times = [];
        Stopwatch all = Stopwatch.StartNew();
        for (int step = 1; times.Count <= warmUpSteps || all.Elapsed.TotalSeconds < seconds; step++)
        {
            long start = Stopwatch.GetTimestamp();
            Step(step, (long)(step - 1) * Config.BatchSize);
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        times.RemoveRange(0, warmUpSteps);
        times.Sort();
        _stage.Initialize();
        _optimizer.Reset();
        _average?.Reset();
        _clock.Restart();
        return times[times.Count / 2];
    }

    /// <summary>Measures the seconds of an evaluation.</summary>
    public double TimeEvaluation()
    {
        long before = Stopwatch.GetTimestamp();
        Begin(0, "timing an evaluation");
        Measure();
        _clock.Restart();
        return Stopwatch.GetElapsedTime(before).TotalSeconds;
    }

    /// <summary>Trains to the last step, or until cancelled; then it saves and ends.</summary>
    public TrainingOutcome Run(CancellationToken cancellation = default)
    {
        try
        {
            if (_lacksLine)
            {
                _lacksLine = false;
                FinishStep(_state.Step);
            }

            return RunSteps(cancellation);
        }
        catch (Exception) when (!_isUpdating)
        {
            SaveIfPossible();
            throw;
        }
    }

    private TrainingOutcome RunSteps(CancellationToken cancellation)
    {
        bool timeIsUp = false;
        Begin(_state.Step, "preparing the first step");
        _cost.MeasurePeak();
        while (_state.Step < Config.Steps && !cancellation.IsCancellationRequested && !(timeIsUp = _state.Step > 0 && IsTimeUp()))
        {
            int step = _state.Step + 1;
            _cost.Begin();
            (double loss, double norm) = AroundStep is null ? StepOrAdvice(step) : ObservedStep(step, AroundStep);
            _state = _state with { Work = _state.Work + _cost.End() };
            if (!double.IsFinite(loss) || !double.IsFinite(norm))
            {
                HandleNan(step, loss, norm);
                continue;
            }

            _state = Advanced(_state, 1) with { Step = step, Loss = loss, GradientNorm = norm };
            _skips = 0;
            NoteOutlier(step, loss, norm);
            AfterGoodStep(step, loss);
        }

        bool finished = _state.Step >= Config.Steps || timeIsUp;
        if (finished && _measuredStep != _state.Step && !Evaluate(_state.Step))
        {
            return RunSteps(cancellation);
        }

        SaveUnlessSaved();
        CostReading cost = _cost.Read(_state.Tokens, _state.Work);
        return new TrainingOutcome(_state.Step, finished, _measure, _clock.Elapsed.TotalSeconds, cost);
    }

    /// <summary>Frees the memory of steps.</summary>
    public void Dispose() => _tape.Dispose();

    private (double Loss, double Norm) ObservedStep(int step, Action<Action> around)
    {
        (double, double) result = default;
        around(() => result = StepOrAdvice(step));
        return result;
    }

    /// <summary>One step; with advice if the device's memory does not suffice.</summary>
    private (double Loss, double Norm) StepOrAdvice(int step)
    {
        try
        {
            return Step(step, NextSequence(_state));
        }
        catch (OutOfDeviceMemoryException failure)
        {
            RunConfig config = _stage.Config.With(_stage.Stage, Config);
            throw failure.With(MemoryAdvice.For(_stage.Stage, config, _tape.Device, step - 1));
        }
    }

    /// <summary>One step. If loss or norm is not finite, or an outlier to skip, the weights stay as they were.</summary>
    private (double Loss, double Norm) Step(int step, long first)
    {
        NoiseKey noise = new(Config.Seed + (ulong)_state.Rollbacks * 0x9E3779B97F4A7C15, (uint)step);
        _stage.Parameters.ForgetGradients();
        _tape.LossScale = 1f / Config.Accumulate;
        double loss = 0;
        for (int part = 0; part < Config.Accumulate; part++)
        {
            _tape.Reset();
            LossTerm[] terms = _stage.Loss(_tape, noise, first, part);
            _tape.Backward(terms);
            loss += LossTerm.Sum(terms) / Config.Accumulate;
        }

        double norm = _optimizer.GradientNorm(_tape);
        if (double.IsFinite(loss) && double.IsFinite(norm) && Outlier(loss, norm) is null)
        {
            _isUpdating = true;
            _optimizer.Step(Config.LearningRateAt(step), norm, Config.ClipNorm);
            _average?.Update(_tape, _optimizer.Steps);
            _isUpdating = false;
        }

        return (loss, norm);
    }

    /// <summary>
    /// The first sequence of the next batch. It is counted in tokens, since batches and sequences may have had other sizes
    /// before the run was resumed.
    /// </summary>
    private long NextSequence(TrainerState state) => (state.TokensRead + _stage.SequenceLength - 1) / _stage.SequenceLength;

    private TrainerState Advanced(TrainerState state, long steps) => state with
    {
        Tokens = state.Tokens + steps * _stage.TokensPerStep,
        TokensRead = (NextSequence(state) + steps * Config.BatchSize) * _stage.SequenceLength,
    };

    private bool IsMeasured(int step) => step == Config.Steps || (Config.EvaluateEvery > 0 && step % Config.EvaluateEvery == 0);

    private bool IsLogged(int step) => IsMeasured(step) || step % Config.LogEvery == 0 || step == 1;

    /// <summary>Measures and logs a step, as far as it is its turn.</summary>
    /// <returns>False if the training had diverged and went back.</returns>
    private bool FinishStep(int step)
    {
        if (IsMeasured(step) && !Evaluate(step))
        {
            return false;
        }

        if (IsLogged(step))
        {
            Log(step, _state.Loss, _state.GradientNorm, _measuredStep == step ? _measure : null);
        }

        return true;
    }

    private void AfterGoodStep(int step, double loss)
    {
        if (!FinishStep(step))
        {
            return;
        }

        _progress?.Report(Progress(step, loss));
        if (Config.SaveEvery > 0 && step % Config.SaveEvery == 0)
        {
            SaveUnlessSaved();
        }

        AfterStep?.Invoke(step);
    }

    private TrainingProgress Progress(int step, double loss)
    {
        double rate = StepsPerSecond(step);
        return new TrainingProgress(_stage.Stage, step, Config.Steps, loss)
        {
            Measure = _measure,
            TokensPerSecond = rate * _stage.TokensPerStep,
            TimeLeft = TimeSpan.FromSeconds((Config.Steps - step) / rate),
            Cost = _cost.Read(_state.Tokens, _state.Work),
        };
    }

    private void Begin(int step, string work) => Begins?.Invoke(_stage.Stage, step, work);

    private void Say(int step, string remark) =>
        _progress?.Report(new TrainingProgress(_stage.Stage, step, Config.Steps, double.NaN) { Remark = remark });

    private double StepsPerSecond(int step) => Math.Max(1e-9, (step - _startStep) / _clock.Elapsed.TotalSeconds);

    private void Log(int step, double loss, double norm, StageMeasure? measure)
    {
        JsonObject line = new()
        {
            ["step"] = step,
            ["stage"] = _stage.Stage.Name(),
            ["loss"] = TrainingLog.Number(loss),
            ["gradientNorm"] = TrainingLog.Number(norm),
            ["learningRate"] = Config.LearningRateAt(step),
            ["tokens"] = _state.Tokens,
            ["tokensPerSecond"] = TrainingLog.Number(
                step > _startStep ? StepsPerSecond(step) * _stage.TokensPerStep : double.NaN),
            ["seconds"] = _clock.Elapsed.TotalSeconds,
            ["memoryMb"] = Environment.WorkingSet / 1e6,
        };
        _cost.AddTo(line, _state.Work);
        AddOutliers(line);
        foreach ((string name, double value) in measure?.Values ?? new Dictionary<string, double>())
        {
            line[name] = TrainingLog.Number(value);
        }

        _run.Log.Append(line);
    }

    private void SaveUnlessSaved()
    {
        if (_state.Step > _savedStep)
        {
            Save(_state.Step);
        }
    }

    // The failure that led here matters more than one of saving.
    private void SaveIfPossible()
    {
        try
        {
            SaveUnlessSaved();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Say(_state.Step, $"not saved: {failure.Message.ReplaceLineEndings(" ")}");
        }
    }

    private void Save(int step)
    {
        Begin(step, "saving");
        _savedStep = step; // even if it fails: what stopped this save would stop the next at once
        _run.Checkpoints.Save(step, writer =>
        {
            _stage.WriteModel(writer);
            WriteAverage(writer);
            WithRecent(_state).Write(writer, _stage.Parameters, _optimizer);
        });
    }
}
