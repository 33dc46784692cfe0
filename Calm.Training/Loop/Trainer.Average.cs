namespace Calm.Training;

/// <content>The moving average of the weights, which is saved and measured beside them.</content>
internal sealed partial class Trainer
{
    private readonly AveragedWeights? _average;

    // A checkpoint from before there was an average has none: it begins there.
    private void ReadAverage(string folder)
    {
        _average?.Reset();
        if (_average is not null && AverageFile.IsIn(folder))
        {
            using IDisposable inPlace = _average.InPlace();
            AverageFile.Read(folder, _stage.Parameters);
        }
    }

    private void WriteAverage(CheckpointWriter writer)
    {
        if (_average is not null)
        {
            using IDisposable inPlace = _average.InPlace();
            AverageFile.Write(writer, _stage.SavedParameters);
        }
    }

    /// <summary>Measures the weights, and their average beside them.</summary>
    private StageMeasure Measure()
    {
        StageMeasure measure = _stage.Evaluate();
        if (_average is null)
        {
            return measure;
        }

        using IDisposable inPlace = _average.InPlace();
        return measure.With(_stage.Evaluate());
    }
}
