using System.Globalization;
using System.Text.Json.Nodes;

namespace Calm.Training;

/// <content>Skipping of steps whose loss or gradient norm lies far above those before it.</content>
internal sealed partial class Trainer
{
    private readonly RecentValues _losses = new();
    private readonly RecentValues _norms = new();

    private bool SkipsOutliers => Config.SkipLossZ > 0 || Config.SkipNormZ > 0;

    /// <summary>The reason to skip a step; null for none.</summary>
    private string? Outlier(double loss, double norm) =>
        Outlier("loss", loss, _losses, Config.SkipLossZ) ?? Outlier("gradient norm", norm, _norms, Config.SkipNormZ);

    private static string? Outlier(string what, double value, RecentValues recent, double most)
    {
        double above = most > 0 ? recent.DeviationsAbove(value) : 0;
        return above > most
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{what} {value:G4} lies {above:F1} standard deviations above the mean of the last steps")
            : null;
    }

    /// <summary>Says and counts a step that was skipped. It is among the last ones, too: a rise that stays is none.</summary>
    private void NoteOutlier(int step, double loss, double norm)
    {
        if (!SkipsOutliers)
        {
            return;
        }

        if (Outlier(loss, norm) is { } reason)
        {
            _state = _state with { Outliers = _state.Outliers + 1 };
            Say(step, $"{reason}; the step is skipped.");
        }

        _losses.Add(loss);
        _norms.Add(norm);
    }

    private void AddOutliers(JsonObject line)
    {
        if (SkipsOutliers)
        {
            line["skippedSteps"] = _state.Outliers;
        }
    }

    private TrainerState WithRecent(TrainerState state) => state with
    {
        RecentLosses = SkipsOutliers ? _losses.ToArray() : null,
        RecentNorms = SkipsOutliers ? _norms.ToArray() : null,
    };

    private void RestoreRecent(TrainerState state)
    {
        _losses.Restore(state.RecentLosses ?? []);
        _norms.Restore(state.RecentNorms ?? []);
    }
}
