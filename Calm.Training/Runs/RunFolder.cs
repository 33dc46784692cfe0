using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A run on disk: <c>run.json</c> (what was asked for), <c>log.jsonl</c>, <c>checkpoints/</c>, and once it has ended the
/// model itself, <c>config.json</c> and <c>model.safetensors</c>, in the published layout.
/// </summary>
internal sealed class RunFolder
{
    private const string RunFile = "run.json";
    private const string CheckpointsFolder = "checkpoints";

    private RunFolder(string path, int keepLast)
    {
        Path = path;
        Log = new TrainingLog(In(TrainingLog.FileName));
        Checkpoints = new CheckpointFolder(In(CheckpointsFolder), keepLast);
    }

    /// <summary>What <c>run.json</c> holds. There paths are relative to the run's folder, here to none.</summary>
    /// <param name="Stage">The model that is trained.</param>
    /// <param name="Corpus">Folder of the tokenised text.</param>
    /// <param name="Autoencoder">Folder of the autoencoder's weights, for a language model.</param>
    /// <param name="Device">Where it was trained, and what decides its bits.</param>
    /// <param name="Version">Of this program.</param>
    /// <param name="Config">The resolved configuration.</param>
    internal sealed record Description(
        Stage Stage, string Corpus, string? Autoencoder, string Device, string Version, RunConfig Config)
    {
        /// <summary>False in older files, whose paths are relative to the folder in which calm ran.</summary>
        public bool PathsFromRun { get; init; }

        /// <summary>What the run was made of, option by option as it was typed; null in older files.</summary>
        public Dictionary<string, string>? Typed { get; init; }
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Its log.</summary>
    public TrainingLog Log { get; }

    /// <summary>Its checkpoints.</summary>
    public CheckpointFolder Checkpoints { get; }

    /// <summary>Refuses a folder that holds anything: runs are never overwritten.</summary>
    /// <exception cref="CalmException">The folder has something in it.</exception>
    public static void RequireEmpty(string path)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new CalmException($"run {path}: is not empty; resume=true goes on with a run, another folder starts one.");
        }
    }

    /// <summary>Makes a new run in a folder that may hold its text already.</summary>
    public static RunFolder Create(string path, Description description, int keepLast)
    {
        Disk.CreateFolder(path);
        RunFolder run = new(path, keepLast);
        run.Describe(description);
        return run;
    }

    /// <summary>Whether a folder is a run.</summary>
    public static bool Exists(string path) => File.Exists(System.IO.Path.Combine(path, RunFile));

    /// <summary>Opens a run to go on with it or to read its model.</summary>
    public static RunFolder Open(string path, int keepLast = 2) =>
        Exists(path)
            ? new RunFolder(path, keepLast)
            : throw new CalmException($"{path}: is no run: it has no {RunFile}; training makes one.");

    /// <summary>Opens a run, or the language model's run in a folder that holds those of all stages.</summary>
    public static RunFolder OpenModel(string path)
    {
        string inside = System.IO.Path.Combine(path, Stage.Calm.Name());
        return Open(Directory.Exists(inside) ? inside : path);
    }

    /// <summary>Writes what was asked for.</summary>
    public void Describe(Description description)
    {
        Description stored = description with
        {
            Corpus = FromRun(description.Corpus),
            Autoencoder = description.Autoencoder is { } folder ? FromRun(folder) : null,
            PathsFromRun = true,
        };
        SafeFile.Write(In(RunFile), JsonSerializer.SerializeToUtf8Bytes(stored, SettingsJson.Options));
    }

    /// <summary>What was asked for.</summary>
    public Description ReadDescription()
    {
        try
        {
            byte[] file = File.ReadAllBytes(In(RunFile));
            Description stored = JsonSerializer.Deserialize<Description>(file, SettingsJson.Options)!;
            return stored with
            {
                Corpus = Locate(stored.Corpus, stored.PathsFromRun),
                Autoencoder = stored.Autoencoder is { } folder ? Locate(folder, stored.PathsFromRun) : null,
            };
        }
        catch (Exception failure) when (failure is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new CalmException($"{In(RunFile)}: cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Opens the tokenised text that the run learnt from.</summary>
    /// <param name="moved">The folder in which it lies now, or null for that in which it was made.</param>
    /// <exception cref="CalmException">It is gone, or another run's.</exception>
    public Corpus OpenText(string? moved = null)
    {
        Description description = ReadDescription();
        string folder = moved ?? description.Corpus;
        if (!Corpus.Exists(folder))
        {
            throw moved is null
                ? new CalmException(
                    $"{folder}: the tokenised text of {Path} is gone; put it back, or name its new folder by data=FOLDER.")
                : new SettingException($"data is {moved}, expected the folder of a run's tokenised text, such as RUN/data.");
        }

        Corpus corpus = Corpus.Open(folder);
        int ids = corpus.Tokenizer.VocabularySize;
        if (ids != description.Config.Autoencoder.VocabSize)
        {
            corpus.Dispose();
            throw new CalmException(
                $"{folder}: has a tokenizer of {ids} ids, {Path} one of {description.Config.Autoencoder.VocabSize}; "
                + "data=FOLDER must name the text of that run.");
        }

        return corpus;
    }

    /// <summary>The folder of the newest weights.</summary>
    /// <exception cref="CalmException">Nothing was saved yet.</exception>
    public string LatestModel =>
        Checkpoints.Latest?.Folder
        ?? throw new CalmException(
            Checkpoints.HasIncomplete
                ? $"{Checkpoints.Root}: no checkpoint is complete: files are missing or cut short; copy the run again."
                : $"{Path}: has no checkpoint yet; let training reach its first save.");

    /// <summary>Copies the newest weights to the run folder itself, as the run's result.</summary>
    public void Publish()
    {
        string model = LatestModel;
        foreach (string file in new[] { ModelFolder.WeightsFile, ModelFolder.ConfigFile })
        {
            SafeFile.Write(In(file), stream =>
            {
                using FileStream source = File.OpenRead(System.IO.Path.Combine(model, file));
                source.CopyTo(stream);
            });
        }
    }

    /// <summary>A path as <c>run.json</c> has it, so that a run can be moved with what it needs.</summary>
    private string FromRun(string path) =>
        System.IO.Path.GetRelativePath(System.IO.Path.GetFullPath(Path), System.IO.Path.GetFullPath(path));

    /// <summary>The full path of one from <c>run.json</c>; an older one begins in a folder above the run, or here.</summary>
    private string Locate(string stored, bool fromRun)
    {
        string run = System.IO.Path.GetFullPath(Path);
        for (DirectoryInfo? above = new(run); above is not null && !fromRun; above = above.Parent)
        {
            if (Directory.Exists(System.IO.Path.Combine(above.FullName, stored)))
            {
                return System.IO.Path.GetFullPath(stored, above.FullName);
            }
        }

        return fromRun ? System.IO.Path.GetFullPath(stored, run) : System.IO.Path.GetFullPath(stored);
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
