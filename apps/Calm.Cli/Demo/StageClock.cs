namespace Calm.Cli;

/// <summary>
/// Keeps a training within its time: the number of its steps follows from the speed so far, so that its learning rate
/// schedule ends with the time even if the speed of the machine changes.
/// </summary>
internal sealed class StageClock
{
    private const int Evaluations = 10;
    private const double MostEvaluationShare = 0.15;

    // Steps between evaluations stay as they are until their number is so many times another.
    private const int OtherScale = 3;

    // The number of steps is thought over so many times.
    private const int Reviews = 50;

    // Share of the newest step in the mean; at first those that were timed before count as so many.
    private const double Weight = 0.05;
    private const int TimedSteps = 10;

    private readonly double _end;
    private readonly double _reserve;
    private readonly double _plannedStep;
    private readonly int _most;
    private double _step;
    private double _evaluation;
    private int _count;
    private readonly int _evaluations;

    /// <summary>A clock for a training that begins now.</summary>
    /// <param name="now">Seconds since the demo began.</param>
    /// <param name="end">The time at which all must be over.</param>
    /// <param name="reserve">Seconds at its end for what comes after the training, at the speed of now.</param>
    /// <param name="step">Seconds of a step.</param>
    /// <param name="evaluation">Seconds of an evaluation.</param>
    /// <param name="most">Steps after which it is trained well enough.</param>
    public StageClock(double now, double end, double reserve, double step, double evaluation, int most)
    {
        (_end, _reserve, _plannedStep, _step, _evaluation, _most) = (end, reserve, step, step, evaluation, most);
        _evaluations = (int)Math.Clamp(MostEvaluationShare * (End - now) / evaluation, 1, Evaluations);
        Steps = Affordable(0, now);
        EvaluateEvery = Math.Max(1, Steps / _evaluations);
    }

    /// <summary>Steps in all.</summary>
    public int Steps { get; private set; }

    /// <summary>Steps between evaluations.</summary>
    public int EvaluateEvery { get; private set; }

    /// <summary>Seconds that a step takes now, over those when it was planned.</summary>
    public double Slowdown => _step / _plannedStep;

    /// <summary>Notes the seconds of a step.</summary>
    public void Stepped(double seconds)
    {
        _count++;
        _step += Math.Max(Weight, 1.0 / (_count + TimedSteps)) * (seconds - _step);
    }

    /// <summary>Notes the seconds of an evaluation.</summary>
    public void Evaluated(double seconds) => _evaluation = seconds;

    /// <summary>Thinks the number of steps over, now and then.</summary>
    /// <returns>Whether it has changed.</returns>
    public bool Review(int step, double now)
    {
        if (step >= Steps || step % Math.Max(1, Steps / Reviews) != 0)
        {
            return false;
        }

        int before = Steps;
        Steps = Affordable(step, now);
        int every = Math.Max(1, Steps / _evaluations);
        if (every > OtherScale * EvaluateEvery || OtherScale * every < EvaluateEvery)
        {
            EvaluateEvery = every;
        }

        return Steps != before;
    }

    /// <summary>Whether only the last evaluation still fits.</summary>
    public bool IsTimeUp(double now) => now + _evaluation + _step > End;

    private double End => _end - Slowdown * _reserve;

    private int Affordable(int step, double now)
    {
        double left = End - now - _evaluation;
        double ofSteps = Math.Max(step == 0 ? 1 : 0, left / _step);
        double every = EvaluateEvery > 0 ? EvaluateEvery : Math.Max(1, ofSteps / _evaluations);
        double more = left / (_step + _evaluation / every);
        return (int)Math.Min(_most, step + Math.Max(step == 0 ? 1 : 0, more));
    }
}
