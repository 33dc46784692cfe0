using Calm.Kernels;

namespace Calm.Cli;

/// <summary>Checks of scores and sampling.</summary>
internal static class GoldenSampling
{
    public static void RunBrier(GoldenCheck check)
    {
        FixtureTensor truth = check.Fixture["in.y"];
        double[] brier = BrierScore.FromSamples(
            check.Fixture["in.x1"].Integers, check.Fixture["in.x2"].Integers, truth.Integers, truth.Sizes[^1]);
        check.Output("brier", brier);
        check.Output("brier_lm", BrierScore.Combine(brier, BrierEstimator.Published));
    }

    public static void RunPick(GoldenCheck check)
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

    public static void RunExactTemperature(GoldenCheck check)
    {
        (double[] law, double firstStage, double trial) =
            ExactTemperature.Enumerate(check.Fixture["in.p"].Values, check.Fixture.Number("T"));
        check.Output("prob", law);
        check.Output("stage1_accept", firstStage);
        check.Output("trial_accept", trial);
    }
}
