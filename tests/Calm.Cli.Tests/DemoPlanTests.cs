using System.Text.Json.Nodes;

namespace Calm.Cli.Tests;

/// <summary>The plan of a demo on machines of a simulated speed.</summary>
public sealed class DemoPlanTests
{
    private const double Budget = 120;

    /// <summary>Two cores of a usual machine; the text takes three seconds.</summary>
    private static readonly DemoCosts Usual = new(0.025, 0.35, 0.022, 0.55, 2048, 0.02);

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    [InlineData(4)]
    public void A_machine_of_any_speed_keeps_the_time(double slowness)
    {
        Simulation demo = new(Usual, _ => slowness);
        demo.Run(Budget);
        Assert.InRange(demo.Now, 0.9 * Budget, 1.1 * Budget);
        Assert.True(demo.AutoencoderSteps > 0 && demo.CalmSteps > 0);
        Assert.InRange(demo.Evaluations, 1, 12);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(80)]
    public void A_machine_that_becomes_four_times_slower_or_faster_keeps_the_time(double when)
    {
        foreach (double later in new[] { 4, 0.25 })
        {
            Simulation demo = new(Usual, now => now < when ? 1 : later);
            demo.Run(Budget);
            Assert.InRange(demo.Now, 0.9 * Budget, 1.1 * Budget);
        }
    }

    [Fact]
    public void A_machine_that_is_disturbed_now_and_then_keeps_the_time()
    {
        Simulation demo = new(Usual, now => (int)(now / 7) % 3 == 0 ? 4 : 1);
        demo.Run(Budget);
        Assert.InRange(demo.Now, 0.9 * Budget, 1.1 * Budget);
    }

    [Fact]
    public void A_usual_machine_gives_the_autoencoder_its_steps_and_the_model_the_rest()
    {
        Simulation demo = new(Usual, _ => 1);
        demo.Run(Budget);
        Assert.InRange(demo.AutoencoderSteps, DemoPlan.UsefulAutoencoderSteps - 50, 900);
        Assert.True(demo.CalmSteps > 2000, $"{demo.CalmSteps} steps");
        Assert.Null(new DemoPlan(Budget, Usual).TooShort(3));
        Assert.Null(new DemoPlan(Budget, Usual).DoesNotFit(3));
    }

    [Fact]
    public void What_does_not_fit_is_known_before_the_start()
    {
        DemoCosts slow = Slower(Usual, 20);
        Assert.NotNull(new DemoPlan(Budget, slow).TooShort(30));
        Assert.Null(new DemoPlan(Budget, slow).DoesNotFit(30));
        Assert.NotNull(new DemoPlan(Budget, slow).DoesNotFit(Budget));
        double needed = new DemoPlan(Budget, slow).TooShort(30)!.Value;
        Assert.Null(new DemoPlan(1.1 * needed, slow).TooShort(30));
    }

    [Fact]
    public void A_model_that_has_not_learnt_says_why()
    {
        JsonObject[] falling = [Line(1, 9), Line(10, 4)];
        Assert.Null(DemoVerdict.Of(0.97, 500, 300, 0.12, falling));
        Assert.Contains("brings only", DemoVerdict.Of(0.5, 90, 300, 0.12, falling), StringComparison.Ordinal);
        Assert.Contains("only 1 step", DemoVerdict.Of(0.97, 500, 1, 0.12, falling), StringComparison.Ordinal);
        Assert.Contains("did not fall", DemoVerdict.Of(0.97, 500, 300, 0.12, [Line(1, 9), Line(300, 9.5)]), StringComparison.Ordinal);
        Assert.Contains("BrierLM", DemoVerdict.Of(0.97, 500, 300, 0, falling), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(61, "1.2")]
    [InlineData(600, "11")]
    [InlineData(600_000, "11000")]
    public void Advice_is_a_number_that_the_option_takes(double seconds, string minutes) =>
        Assert.Equal(minutes, DemoRequest.MinutesFor(seconds));

    private static JsonObject Line(double step, double loss) => new() { ["step"] = step, ["loss"] = loss };

    private static DemoCosts Slower(DemoCosts c, double factor) => new(
        factor * c.AutoencoderStep, factor * c.AutoencoderEvaluation, factor * c.CalmStep, factor * c.CalmEvaluation,
        c.EvaluationPatches, factor * c.Chunk);

    /// <summary>A demo whose work only moves a clock.</summary>
    /// <param name="costs">Seconds of the work on a usual machine.</param>
    /// <param name="slowness">Seconds that this machine needs, at a time, for a second of that.</param>
    private sealed class Simulation(DemoCosts costs, Func<double, double> slowness)
    {
        private const double TextSeconds = 3;
        private const double TimingSeconds = 4;
        private const double PageSeconds = 0.5;

        public double Now { get; private set; }

        public int AutoencoderSteps { get; private set; }

        public int CalmSteps { get; private set; }

        public int Evaluations { get; private set; }

        public void Run(double budget)
        {
            Work(TextSeconds + TimingSeconds);
            DemoPlan plan = new(budget, Slower(costs, slowness(Now)));
            StageClock clock = plan.Autoencoder(Now);
            AutoencoderSteps = Train(clock, costs.AutoencoderStep, costs.AutoencoderEvaluation);
            double slowdown = clock.Slowdown;
            clock = plan.Calm(Now, slowdown);
            Evaluations = 0;
            CalmSteps = Train(clock, costs.CalmStep, costs.CalmEvaluation);
            slowdown *= clock.Slowdown;
            Work(plan.FinalPatches(Now, slowdown) * costs.Patch);
            double chunk = slowdown * plan.Costs.Chunk;
            for (int sample = 0; sample < plan.Samples; sample++)
            {
                double before = Now;
                int chunks = plan.Chunks(Now, plan.Samples - sample, chunk);
                Work(chunks * costs.Chunk);
                chunk = chunks > 0 ? (Now - before) / chunks : chunk;
            }

            Work(PageSeconds);
        }

        private int Train(StageClock clock, double step, double evaluation)
        {
            int done = 0;
            bool measured = false;
            while (done < clock.Steps && !(done > 0 && clock.IsTimeUp(Now)))
            {
                done++;
                double before = Now;
                Work(step);
                clock.Stepped(Now - before);
                before = Now;
                measured = done % clock.EvaluateEvery == 0 || done == clock.Steps;
                if (measured)
                {
                    Evaluate(evaluation);
                    clock.Evaluated(Now - before);
                }

                clock.Review(done, Now);
            }

            if (!measured)
            {
                Evaluate(evaluation);
            }

            return done;
        }

        private void Evaluate(double seconds)
        {
            Evaluations++;
            Work(seconds);
        }

        private void Work(double seconds) => Now += slowness(Now) * seconds;
    }
}
