using Calm.Runtime;

namespace Calm.Training;

/// <summary>A trained discrete model with its tokenizer and text, from a run folder.</summary>
internal sealed class TrainedArModel : TrainedRun<ArModel>
{
    private TrainedArModel(RunFolder run, ArModel model, string? text, bool average)
        : base(run, model, text, average)
    {
    }

    /// <summary>The number of tokens to a multiple of which the documents of its text are padded.</summary>
    public int PatchSize => Description.ImportedFrom is null ? Corpus.Train.PatchSize : 1;

    /// <summary>Whether a folder is a run of a discrete model.</summary>
    public static bool Is(string path) =>
        RunFolder.Exists(path) && RunFolder.Open(path).ReadDescription().Stage == Stage.Ar;

    /// <summary>Opens a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="device">The device that holds the weights.</param>
    /// <param name="text">Folder of its tokenized text, if that was moved; or null.</param>
    /// <param name="average">Whether to take the moving average of its weights in their place.</param>
    /// <exception cref="CalmException">It has no weights yet, or they or its text cannot be read.</exception>
    public static TrainedArModel Open(string path, Device device, string? text = null, bool average = false)
    {
        RunFolder run = RunFolder.Open(path);
        ArModel model = PublishedCheckpoint.LoadAr(run.LatestModel(), device);
        if (average)
        {
            run.ReadAverage(model.Parameters);
        }

        return new TrainedArModel(run, model, text, average);
    }
}
