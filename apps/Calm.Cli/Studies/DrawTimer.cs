using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Times draws of any head as in an evaluation.</summary>
internal static class DrawTimer
{
    private const int Draws = 8;
    private const int Repeats = 3;
    private const int Patches = 1024;

    /// <summary>
    /// Seconds of one latent drawn and decoded, with its part of the transformer's pass: the best of three.
    /// </summary>
    public static double SecondsPerDraw(CalmModel model, Corpus corpus, RunConfig config, Device device)
    {
        HeldOutWindows windows = new(corpus.HeldOut, config.CalmTraining.ContextPatches, Patches);
        CalmEvaluator evaluator = new(model, device, BrierEstimator.Clamped, Draws);
        double best = double.PositiveInfinity;
        for (int i = 0; i < Repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            evaluator.Measure(windows);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best / ((double)windows.Count * (windows.Patches - 1) * Draws);
    }
}
