using Calm.Runtime;

namespace Calm.Training;

/// <summary>The training loss of a language model of patches, that of its head, on text that it has not learnt.</summary>
/// <param name="model">The model.</param>
/// <param name="device">The device of its parameters.</param>
internal sealed class HeldOutLoss(CalmModel model, Device device)
{
    private const int PositionsAtOnce = 512;

    /// <summary>The mean loss of a position.</summary>
    /// <param name="windows">The text.</param>
    /// <param name="progress">Receives the share that is done.</param>
    public double Measure(HeldOutWindows windows, IProgress<double>? progress = null)
    {
        using Tape tape = new(device, recording: false);
        CalmNoise noise = new(model.Config, CalmEvaluator.DefaultSeed, step: 0);
        int together = Math.Max(1, PositionsAtOnce / windows.Patches);
        double sum = 0;
        for (int window = 0; window < windows.Count; window += together)
        {
            tape.Reset();
            int sequences = Math.Min(together, windows.Count - window);
            int[] ids = windows.Read(window, sequences);
            CalmBatch batch = CalmBatches.Make(tape, ids, ids, sequences, model.Config.PatchSize, window);
            LossTerm[] terms = CalmObjective.Loss(tape, model, batch, noise);
            sum += sequences * LossTerm.Sum(model.Auxiliary is null ? terms : terms[..^1]);
            progress?.Report((double)(window + sequences) / windows.Count);
        }

        return sum / windows.Count;
    }
}
