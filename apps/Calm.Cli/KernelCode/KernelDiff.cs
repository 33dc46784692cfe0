using System.Globalization;
using System.Text.Json;

namespace Calm.Cli;

/// <summary>Finds what changed in kernels since an earlier <c>calm kernels --json</c>.</summary>
internal static class KernelDiff
{
    private static readonly JsonFile Json = new(
        "what calm kernels --json wrote", "write one with the earlier version",
        new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase });

    private sealed record SavedKernels(IReadOnlyList<KernelRow> Kernels);

    /// <summary>One thing that changed.</summary>
    /// <param name="What">Its name.</param>
    /// <param name="Old">Its earlier value.</param>
    /// <param name="New">Its value now.</param>
    public sealed record Change(string What, string Old, string New);

    /// <summary>A kernel with what changed in it.</summary>
    /// <param name="Op">The op that launches it.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Family">The devices that launch it.</param>
    /// <param name="Target">The GPU, or opencl.</param>
    /// <param name="Language">The language of the code that was compared.</param>
    /// <param name="Changes">At least one.</param>
    public sealed record ChangedKernel(
        string Op, string Name, string Family, string Target, string Language, IReadOnlyList<Change> Changes);

    private static readonly (string Name, Func<KernelRow, string?> Value)[] Compared =
    [
        ("registers", row => Text(row.Registers)),
        ("shared B", row => Text(row.SharedBytes)),
        ("stack B", row => Text(row.StackBytes)),
        ("spills B", row => Text(row.SpillBytes)),
        ("float64", row => Text(row.Float64)),
        ("group size", row => Text(row.GroupSize)),
        ("occupancy", row => row.Occupancy is null ? null : KernelTable.OccupancyOf(row.Occupancy)),
        ("limit", row => row.Occupancy?.Limit),
        ("loads", row => Text(row.Counts?.GlobalLoads)),
        ("stores", row => Text(row.Counts?.GlobalStores)),
        ("shared loads", row => Text(row.Counts?.SharedLoads)),
        ("shared stores", row => Text(row.Counts?.SharedStores)),
        ("fma", row => Text(row.Counts?.Fma)),
        ("mma", row => Text(row.Counts?.Mma)),
        ("barriers", row => Text(row.Counts?.Barriers)),
        ("instructions", row => Text(row.Counts?.All)),
        ("code B", row => Text(row.CodeBytes)),
        ("code", row => row.Hash),
    ];

    /// <summary>Reads the kernels of a file.</summary>
    /// <exception cref="Runtime.CalmException">It is no such file.</exception>
    public static IReadOnlyList<KernelRow> Read(string path) =>
        Json.Read<SavedKernels>(path, saved => saved.Kernels.Any(row => row is null) ? "a kernel is null" : null).Kernels;

    /// <summary>The kernels that changed, came or went. A value that is unknown on either side is no change.</summary>
    /// <param name="old">The earlier kernels; those that the command did not ask for this time do not count.</param>
    /// <param name="now">The kernels of now.</param>
    /// <param name="isWanted">Whether the command asked for a kernel.</param>
    public static IReadOnlyList<ChangedKernel> Of(
        IReadOnlyList<KernelRow> old, IReadOnlyList<KernelRow> now, Func<KernelRow, bool> isWanted)
    {
        var before = old.Where(isWanted).GroupBy(Key).ToDictionary(rows => rows.Key, rows => rows.First());
        var after = now.GroupBy(Key).ToDictionary(rows => rows.Key, rows => rows.First());
        return
        [
            .. after.Keys.Union(before.Keys).Order()
                .Select(key => Of(before.GetValueOrDefault(key), after.GetValueOrDefault(key)))
                .Where(kernel => kernel.Changes.Count > 0),
        ];
    }

    /// <summary>Writes the changes for people.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<ChangedKernel> changed)
    {
        if (changed.Count == 0)
        {
            writer.WriteLine("no kernel changed");
        }

        foreach (ChangedKernel kernel in changed)
        {
            writer.WriteLine($"{kernel.Op}  {kernel.Name}  {kernel.Family}  {kernel.Target}  {kernel.Language}");
            foreach (Change change in kernel.Changes)
            {
                writer.WriteLine($"  {change.What,-14}{change.Old} -> {change.New}");
            }
        }
    }

    private static (string, string, string, string, string) Key(KernelRow row) =>
        (row.Op, row.Name, row.Family, row.Target, row.Language);

    private static ChangedKernel Of(KernelRow? old, KernelRow? now)
    {
        KernelRow row = (now ?? old)!;
        Change[] changes = (old, now) switch
        {
            (null, _) => [new Change("kernel", "absent", "present")],
            (_, null) => [new Change("kernel", "present", "absent")],
            _ =>
            [
                .. Compared.Select(c => (c.Name, Old: c.Value(old), New: c.Value(now)))
                    .Where(c => c is { Old: not null, New: not null } && c.Old != c.New)
                    .Select(c => new Change(c.Name, c.Old!, c.New!)),
            ],
        };
        return new ChangedKernel(row.Op, row.Name, row.Family, row.Target, row.Language, changes);
    }

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);
}
