using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A run on disk: <c>run.json</c> (its description), <c>log.jsonl</c>, <c>checkpoints/</c>, and after training the model in the
/// published layout, <c>config.json</c> and <c>model.safetensors</c>.
/// </summary>
internal sealed partial class RunFolder
{
    /// <summary>The file of the description.</summary>
    public const string RunFile = "run.json";

    /// <summary>The folder of the checkpoints.</summary>
    public const string CheckpointsFolder = "checkpoints";

    /// <summary>The folder of a run's own tokenized text.</summary>
    public const string DataFolder = "data";

    private static readonly JsonFile Json = new("the description of a run", "copy the run again", SettingsJson.Options);

    private RunFolder(string path, int keepLast)
    {
        Path = path;
        Log = new TrainingLog(In(TrainingLog.FileName));
        Checkpoints = new CheckpointFolder(In(CheckpointsFolder), keepLast);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Its log.</summary>
    public TrainingLog Log { get; }

    /// <summary>Its checkpoints.</summary>
    public CheckpointFolder Checkpoints { get; }

    /// <summary>
    /// Checks that a folder is empty, since runs are never overwritten. The lock and the text of a start that did not come
    /// to its first step do not count.
    /// </summary>
    /// <exception cref="CalmException">The folder has something in it.</exception>
    public static void RequireEmpty(string path)
    {
        if (File.Exists(path)
            || (Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).All(IsOfStart)))
        {
            throw new CalmException($"run {path}: is not empty; resume=true goes on with a run, another folder starts one.");
        }
    }

    /// <summary>Whether an entry of a folder is what a start has left that did not come to its first step.</summary>
    internal static bool IsOfStart(string entry) => System.IO.Path.GetFileName(entry) switch
    {
        RunLock.FileName => true,
        DataFolder => Directory.Exists(entry) && Corpus.IsAllOf(entry),
        RunFile => false,
        _ => SafeFile.FinalName(entry) == RunFile,
    };

    /// <summary>Deletes what a process that was killed has left of a run's files; the run's lock must be held.</summary>
    internal static void DeleteLeftovers(string path)
    {
        SafeFile.DeleteLeftovers(
            path, [RunFile, TrainingLog.FileName, ModelFolder.WeightsFile, AverageFile.Name, ModelFolder.ConfigFile]);
        Corpus.DeleteLeftovers(System.IO.Path.Combine(path, DataFolder));
        new CheckpointFolder(System.IO.Path.Combine(path, CheckpointsFolder)).DeleteLeftovers();
    }

    /// <summary>Makes a new run. The folder may hold its text already.</summary>
    public static RunFolder Create(string path, Description description, int keepLast)
    {
        RunFolder run = Create(path, keepLast);
        run.Describe(description);
        return run;
    }

    /// <summary>Makes the folder of a new run, which becomes one with its description.</summary>
    public static RunFolder Create(string path, int keepLast)
    {
        Disk.CreateFolder(path);
        return new RunFolder(path, keepLast);
    }

    /// <summary>Whether a folder is a run.</summary>
    public static bool Exists(string path) => File.Exists(System.IO.Path.Combine(path, RunFile));

    /// <summary>The run of which a folder is a checkpoint; null if it is none's.</summary>
    public static string? OfCheckpoint(string path)
    {
        string? checkpoints = System.IO.Path.GetDirectoryName(System.IO.Path.TrimEndingDirectorySeparator(
            System.IO.Path.GetFullPath(path)));
        string? run = System.IO.Path.GetDirectoryName(checkpoints);
        return run is not null && System.IO.Path.GetFileName(checkpoints) == CheckpointsFolder && Exists(run) ? run : null;
    }

    /// <summary>Opens a run.</summary>
    public static RunFolder Open(string path, int keepLast = 2) =>
        Exists(path)
            ? new RunFolder(path, keepLast)
            : throw new CalmException($"{path}: is no run: it has no {RunFile}; training or an import makes one.");

    /// <summary>Opens a run, or the language model's run in a folder that holds those of all stages.</summary>
    public static RunFolder OpenModel(string path)
    {
        string inside = System.IO.Path.Combine(path, Stage.Calm.Name());
        return Open(Directory.Exists(inside) ? inside : path);
    }

    /// <summary>Writes the description.</summary>
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

    /// <summary>Reads the description.</summary>
    public Description ReadDescription()
    {
        Description stored = Json.Read<Description>(In(RunFile), stored => stored.Problem);
        return stored with
        {
            Corpus = Locate(stored.Corpus, stored.PathsFromRun),
            Autoencoder = stored.Autoencoder is { } folder ? Locate(folder, stored.PathsFromRun) : null,
        };
    }

    /// <summary>Opens the tokenized text of the run.</summary>
    /// <param name="moved">The folder of the text if it was moved; null if not.</param>
    /// <exception cref="CalmException">The text is missing or belongs to another run.</exception>
    public Corpus OpenText(string? moved = null)
    {
        Description description = ReadDescription();
        string folder = moved ?? description.Corpus;
        if (!Corpus.Exists(folder))
        {
            throw moved is not null
                ? new SettingException($"data is {moved}, expected the folder of a run's tokenised text, such as RUN/data.")
                : description.ImportedFrom is not null
                ? new CalmException($"{Path}: was imported and has no text of its own; name one by data=FILE.")
                : new CalmException(
                    $"{folder}: the tokenised text of {Path} is gone; put it back, or name its new folder by data=FOLDER.");
        }

        Corpus corpus = Corpus.Open(folder);
        try
        {
            RequireTokenizer(description, folder, corpus.Tokenizer);
            return corpus;
        }
        catch
        {
            corpus.Dispose();
            throw;
        }
    }

    /// <summary>Opens the tokenizer of the run, which an imported run has without any text.</summary>
    /// <param name="moved">The folder of the text if it was moved; null if not.</param>
    /// <exception cref="CalmException">The tokenizer is missing or belongs to another run.</exception>
    public ITokenizer OpenTokenizer(string? moved = null)
    {
        Description description = ReadDescription();
        if (moved is not null || description.ImportedFrom is null)
        {
            using Corpus corpus = OpenText(moved);
            return corpus.Tokenizer;
        }

        ITokenizer tokenizer = Corpus.OpenTokenizer(description.Corpus);
        RequireTokenizer(description, description.Corpus, tokenizer);
        return tokenizer;
    }

    private void RequireTokenizer(Description description, string folder, ITokenizer tokenizer)
    {
        int ids = tokenizer.VocabularySize;
        int? expected = ModelIds.Of(description.Config, description.Stage).Vocabulary;
        if (ids != expected)
        {
            throw new CalmException(
                $"{folder}: has a tokenizer of {ids} ids, {Path} one of {expected}; "
                + "data=FOLDER must name the text of that run.");
        }

        if (description.Tokenizer is { } hash && hash != tokenizer.Hash)
        {
            throw new CalmException(
                $"{folder}: has another tokenizer than {Path}, with as many ids; data=FOLDER must name the text of that run.");
        }
    }

    /// <summary>Checks that a text is the one that the run has learnt from so far.</summary>
    /// <exception cref="CalmException">It is another.</exception>
    public void RequireText(Corpus corpus)
    {
        if (ReadDescription().Text is { } hash && hash != corpus.Hash)
        {
            throw new CalmException(
                $"{corpus.Folder}: is not the text that {Path} has learnt from; put that back, or train on this one in another "
                + "folder.");
        }
    }

    /// <summary>The folder of the autoencoder's weights: the newest checkpoint, else where the run was made from.</summary>
    /// <returns>Null for a run that has no autoencoder.</returns>
    /// <exception cref="CalmException">They are gone, or others by now.</exception>
    public string? AutoencoderModel()
    {
        Description description = ReadDescription();
        if (description.Stage != Stage.Calm)
        {
            return null;
        }

        if (Checkpoints.Latest is { } own)
        {
            return own.Folder;
        }

        string folder = description.Autoencoder!;
        if (ModelWeights.FileIn(folder) is null
            || (description.AutoencoderWeights is { } hash && hash != WeightsHash(folder)))
        {
            throw new CalmException(
                $"{folder}: the autoencoder's weights that {Path} was made with are gone or changed; start the run again.");
        }

        return folder;
    }

    private static string WeightsHash(string folder) =>
        FileHash.Of(ModelWeights.FileIn(folder) ?? System.IO.Path.Combine(folder, ModelFolder.WeightsFile));

    /// <summary>The folder of the newest weights, whose files are compared with their hashes.</summary>
    /// <exception cref="CalmException">Nothing was saved yet, or it has changed since.</exception>
    public string LatestModel()
    {
        if (Checkpoints.Latest is { } latest)
        {
            latest.Verify();
            return latest.Folder;
        }

        throw new CalmException(
            Checkpoints.HasIncomplete
                ? $"{Checkpoints.Root}: no checkpoint is complete: files are missing or cut short; copy the run again."
                : $"{Path}: has no checkpoint yet; let training reach its first save.");
    }

    /// <summary>Whether the run has saved weights before, as far as is left of it.</summary>
    public bool WasSaved =>
        Checkpoints.HasLatestPointer || File.Exists(In(ModelFolder.WeightsFile));

    /// <summary>Replaces a model's weights by their moving average in the newest checkpoint.</summary>
    /// <exception cref="CalmException">The run keeps none.</exception>
    public void ReadAverage(ParameterSet parameters)
    {
        string model = LatestModel();
        if (!AverageFile.IsIn(model))
        {
            throw new CalmException(
                $"{Path}: keeps no moving average of its weights; use the weights, or train with an ema_decay above 0.");
        }

        AverageFile.Read(model, parameters);
    }

    /// <summary>Copies the newest weights to the run's folder, with their moving average if there is one.</summary>
    public void Publish()
    {
        string model = LatestModel();
        Publish(model, ModelFolder.WeightsFile);
        Publish(model, ModelFolder.ConfigFile);
        if (AverageFile.IsIn(model))
        {
            Publish(model, AverageFile.Name);
        }
        else if (AverageFile.IsIn(Path))
        {
            Disk.TryDelete(In(AverageFile.Name)); // of earlier steps, when there was one
        }
    }

    private void Publish(string model, string file) => SafeFile.Write(In(file), stream =>
    {
        using FileStream source = File.OpenRead(System.IO.Path.Combine(model, file));
        source.CopyTo(stream);
    });

    /// <summary>A path relative to the run, so that a run can be moved together with its text.</summary>
    private string FromRun(string path) =>
        System.IO.Path.GetRelativePath(System.IO.Path.GetFullPath(Path), System.IO.Path.GetFullPath(path));

    /// <summary>The full path of one from <c>run.json</c>. Older ones start above the run or in the working directory.</summary>
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
