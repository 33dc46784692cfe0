using Calm.Runtime;

namespace Calm.Training;

/// <summary>A trained language model with its tokenizer and text, from a run folder.</summary>
internal sealed class TrainedModel : TrainedRun<CalmModel>
{
    private TrainedModel(RunFolder run, CalmModel model, string? text, bool average)
        : base(run, model, text, average)
    {
    }

    /// <summary>Opens a run, or a demo's folder, which holds one.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="device">The device that holds the weights.</param>
    /// <param name="text">Folder of its tokenized text, if that was moved; or null.</param>
    /// <param name="average">Whether to take the moving average of its weights in their place.</param>
    /// <exception cref="CalmException">It is no run of a language model, or has no weights yet.</exception>
    public static TrainedModel Open(string path, Device device, string? text = null, bool average = false)
    {
        RunFolder run = RunFolder.OpenModel(path);
        Stage stage = run.ReadDescription().Stage;
        if (stage != Stage.Calm)
        {
            throw new CalmException($"{path}: is a run of {stage.Name()}; a run of {Stage.Calm.Name()} is needed.");
        }

        CalmModel model = PublishedCheckpoint.LoadCalm(run.LatestModel(), device);
        if (average)
        {
            run.ReadAverage(model.Parameters);
        }

        return new TrainedModel(run, model, text, average);
    }
}
