using Calm.Kernels;

namespace Calm.Cli;

internal sealed class GoldenBrier : IGoldenOp
{
    public string Op => "brier_from_samples";

    public void Run(GoldenCheck check)
    {
        FixtureTensor truth = check.Fixture["in.y"];
        double[] brier = BrierScore.FromSamples(
            check.Fixture["in.x1"].Integers, check.Fixture["in.x2"].Integers, truth.Integers, truth.Sizes[^1]);
        check.Output("brier", brier);
        check.Output("brier_lm", BrierScore.Combine(brier, BrierEstimator.Published));
    }
}

internal sealed class GoldenTemperatureLaw : IGoldenOp
{
    public string Op => "approx_temperature_distribution";

    public void Run(GoldenCheck check) =>
        check.Output("prob", BatchTemperatureLaw.Enumerate(
            check.Fixture["in.p"].Values, (int)check.Fixture.Number("n"), (int)check.Fixture.Number("N")));
}

internal sealed class GoldenTemperaturePick : IGoldenOp
{
    public string Op => "approx_temperature_pick";

    public void Run(GoldenCheck check)
    {
        FixtureTensor pools = check.Fixture["in.pools"];
        int patchSize = pools.Sizes[2];
        List<double> chosen = [];
        for (int i = 0; i < pools.Sizes[0]; i++)
        {
            int[] pool = pools.Slice(i).Integers;
            int draw = CandidateChoice.Choose(
                pool, patchSize, (int)check.Fixture["in.n"].Values[i], check.Fixture["in.u"].Values[i]);
            chosen.AddRange(pool.Skip(draw * patchSize).Take(patchSize).Select(id => (double)id));
        }

        check.Output("patch", [.. chosen]);
    }
}

internal sealed class GoldenExactTemperature : IGoldenOp
{
    public string Op => "rejection_temperature_distribution";

    public void Run(GoldenCheck check)
    {
        (double[] law, double firstStage, double trial) =
            ExactTemperature.Enumerate(check.Fixture["in.p"].Values, check.Fixture.Number("T"));
        check.Output("prob", law);
        check.Output("stage1_accept", firstStage);
        check.Output("trial_accept", trial);
    }
}
