using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The checkpoints of a run: a folder with a sub-folder for each, of which a reader only ever sees complete ones, and
/// files such as <c>latest</c> and <c>best</c> that hold the name of one.
/// </summary>
/// <remarks>
/// A checkpoint is written under a temporary name and to the disk, with a manifest last; then it is renamed, then
/// <c>latest</c> is pointed to it, and only then are old ones deleted. See docs/files.md.
/// </remarks>
/// <param name="root">The folder; made by the first save.</param>
/// <param name="keep">Number of newest checkpoints to keep, besides those that a pointer names; at least 1.</param>
internal sealed class CheckpointFolder(string root, int keep = 2)
{
    /// <summary>The pointer to the newest checkpoint.</summary>
    public const string LatestPointer = "latest";

    /// <summary>The pointer to the checkpoint that evaluates best.</summary>
    public const string BestPointer = "best";

    private const string NamePrefix = "step-";

    /// <summary>The folder.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The checkpoint that <c>latest</c> names, else the newest complete one; null if there is none.</summary>
    public SavedCheckpoint? Latest => Find(LatestPointer) ?? (All() is [SavedCheckpoint newest, ..] ? newest : null);

    /// <summary>Whether a folder holds no checkpoint but of step 0, whole or begun, in which nothing was trained.</summary>
    public static bool IsUntrained(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).All(name =>
            name.StartsWith(LatestPointer, StringComparison.Ordinal) || name.StartsWith(NameOf(0), StringComparison.Ordinal));

    /// <summary>All complete checkpoints, the one saved last first.</summary>
    public IReadOnlyList<SavedCheckpoint> All() =>
        Directory.Exists(Root)
            ? [.. Directory.EnumerateDirectories(Root).Select(SavedCheckpoint.TryOpen).OfType<SavedCheckpoint>()
                .OrderByDescending(checkpoint => checkpoint.Sequence)]
            : [];

    /// <summary>Whether there are checkpoints that were complete and are not; a save that was cut off never was.</summary>
    public bool HasIncomplete =>
        Directory.Exists(Root)
        && Directory.EnumerateDirectories(Root, NamePrefix + "*").Any(folder =>
            !folder.EndsWith(SafeFile.TemporarySuffix, StringComparison.Ordinal) && SavedCheckpoint.TryOpen(folder) is null);

    /// <summary>Whether a checkpoint was saved here once.</summary>
    public bool HasLatestPointer => File.Exists(Path.Combine(Root, LatestPointer));

    /// <summary>The complete checkpoint that a pointer names; null if there is none.</summary>
    public SavedCheckpoint? Find(string pointer)
    {
        string name = Lines(pointer) is [string first, ..] ? first.Trim() : "";
        bool isPlainName = name.Length > 0 && name == Path.GetFileName(name) && !name.Contains('\0', StringComparison.Ordinal);
        return isPlainName ? SavedCheckpoint.TryOpen(Path.Combine(Root, name)) : null;
    }

    /// <summary>Writes a checkpoint, points <c>latest</c> to it and deletes old ones.</summary>
    /// <param name="step">The training step after which it is taken.</param>
    /// <param name="write">Writes its files.</param>
    /// <exception cref="CalmException">The disk is full, or permission is missing; no checkpoint is lost.</exception>
    public SavedCheckpoint Save(long step, Action<CheckpointWriter> write)
    {
        try
        {
            Disk.CreateFolder(Root);
            DeleteLeftovers();
            SavedCheckpoint saved = WriteFolder(step, write);
            saved.MarkVerified();
            Point(LatestPointer, $"{saved.Name}\n");
            Prune();
            return saved;
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Writing(Root, failure, "the previous checkpoint");
        }
    }

    /// <summary>The score of the checkpoint that <see cref="BestPointer"/> names; null if there is none.</summary>
    public double? BestScore =>
        Find(BestPointer) is not null
        && double.TryParse(Lines(BestPointer) is [_, string score, ..] ? score : "",
            NumberStyles.Float, CultureInfo.InvariantCulture, out double read)
            ? read
            : null;

    /// <summary>Points <see cref="BestPointer"/> to a checkpoint and its score. It is kept until another is better.</summary>
    public void PointBest(SavedCheckpoint checkpoint, double score) =>
        Point(BestPointer, string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Name}\n{score:R}\n"));

    /// <summary>Deletes a checkpoint, so that nothing goes on from it; <c>latest</c> then names the newest other one.</summary>
    /// <returns>The newest other one; null, and nothing is deleted, if there is none.</returns>
    public SavedCheckpoint? Withdraw(SavedCheckpoint checkpoint)
    {
        SavedCheckpoint? other = All().FirstOrDefault(each => each.Name != checkpoint.Name);
        if (other is not null)
        {
            Point(LatestPointer, $"{other.Name}\n");
            TryRemove(checkpoint.Folder);
        }

        return other;
    }

    private void Point(string pointer, string text) =>
        SafeFile.Write(Path.Combine(Root, pointer), System.Text.Encoding.UTF8.GetBytes(text));

    private string[] Lines(string pointer)
    {
        string file = Path.Combine(Root, pointer);
        return File.Exists(file) ? File.ReadAllLines(file) : [];
    }

    private SavedCheckpoint WriteFolder(long step, Action<CheckpointWriter> write)
    {
        string final = FreeName(step);
        string temporary = final + SafeFile.TemporarySuffix;
        try
        {
            Disk.CreateFolder(temporary);
            CheckpointWriter writer = new(temporary);
            write(writer);
            long sequence = All().Select(checkpoint => checkpoint.Sequence).DefaultIfEmpty(0).Max() + 1;
            writer.WriteManifest(step, sequence);
            Disk.SyncFolder(temporary);
            Disk.RenameFolder(temporary, final);
        }
        catch
        {
            Disk.TryDelete(temporary);
            throw;
        }

        Disk.SyncFolder(Root);
        return SavedCheckpoint.TryOpen(final) ?? throw new CalmException($"{final}: was changed while it was being saved.");
    }

    // A run that went back to an earlier checkpoint comes to the same step again.
    private static string NameOf(long step) => $"{NamePrefix}{step:D9}";

    private string FreeName(long step)
    {
        string name = Path.Combine(Root, NameOf(step));
        string free = name;
        for (int again = 2; Directory.Exists(free); again++)
        {
            free = $"{name}.{again}";
        }

        return free;
    }

    private void Prune()
    {
        string?[] pointedTo = [Find(LatestPointer)?.Name, Find(BestPointer)?.Name];
        foreach (SavedCheckpoint old in All().Skip(Math.Max(1, keep)).Where(old => !pointedTo.Contains(old.Name)))
        {
            TryRemove(old.Folder);
        }
    }

    // The new checkpoint is safe by now: an old one that cannot be deleted is no reason to fail.
    private static void TryRemove(string folder)
    {
        // Under its temporary name a half-deleted checkpoint cannot be taken for one.
        string leftover = folder + SafeFile.TemporarySuffix;
        try
        {
            Disk.RenameFolder(folder, leftover);
            Disk.Delete(leftover);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
        }
    }

    /// <summary>Deletes what saves that were cut off have left; nobody may be saving.</summary>
    public void DeleteLeftovers()
    {
        if (!Directory.Exists(Root))
        {
            return;
        }

        foreach (string leftover in Directory.EnumerateDirectories(Root, NamePrefix + "*" + SafeFile.TemporarySuffix))
        {
            Disk.TryDelete(leftover);
        }

        SafeFile.DeleteLeftovers(Root, [LatestPointer, BestPointer]);
    }
}
