using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>Candidates have the built-in choice's bits, the tuner keeps the right ones, and a table gives them again.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class TuningTests : IDisposable
{
    private static readonly string[] Ops =
    [
        "Linear", "ConditionedLinear", "Embedding", "AdamW", "CausalAttention", "VocabularyArgMax", "RmsNorm", "SwiGlu", "Silu",
        "RotaryEmbedding", "CrossEntropy",
    ];

    private readonly string _before = Tuning.Folder;
    private readonly string _folder = Directory.CreateTempSubdirectory("calm-tuning-").FullName;

    public TuningTests() => Tuning.Folder = _folder;

    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    public void Dispose()
    {
        Tuning.Folder = _before;
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void All_candidates_have_the_same_bits(string deviceName)
    {
        using IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(deviceName);
        Assert.Equal([], Differences(gpu, 4096));
        Assert.Equal([], DifferencesOfThreads(gpu));
    }

    /// <summary>Sides of tiles and sizes of teams, which need larger groups than the emulator has.</summary>
    [Fact]
    public void Candidates_of_GPUs_have_the_same_bits()
    {
        using IlgpuDevice gpu = IlgpuDevice.Emulating(new GroupLimits(256, 48 << 10));
        Assert.Equal([], Differences(gpu, 600));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_table_gives_the_same_choices_without_a_search(string deviceName)
    {
        string shipped = Path.Combine(_folder, "shipped.json");
        OpCase c = SmallCase("SwiGlu", 4096);
        IReadOnlyList<TunedEntry> entries;
        using (IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(deviceName, 0, profiling: true))
        {
            TuningOutcome outcome = new Tuner(
                gpu, new TunedWork("op", () => CaseRunner.Run(c, gpu), () => CaseRunner.Run(c, gpu).Words), seconds: 0).Run();
            Assert.All(outcome.Tried, t => Assert.Null(t.Refused));
            Assert.Contains(outcome.Tried, t => t.Choice == "threads" && t.Of.StartsWith("SwiGlu.", StringComparison.Ordinal));
            Assert.All(
                outcome.Tried.GroupBy(t => (t.Choice, t.Of, t.Size)), g => Assert.Single(g, t => t.IsDefault));
            TriedCandidate any = outcome.Tried.First(t => !t.IsDefault);
            entries = [new TunedEntry(any.Choice, any.Of, any.Size, any.Candidate)];
            Tuning.Of(gpu).Keep(outcome with { Kept = entries });
            File.Move(Tuning.Of(gpu).File, shipped);
        }

        using IlgpuDevice other = (IlgpuDevice)DeviceList.Open(deviceName);
        Assert.Empty(Tuning.Of(other).ToFile().Entries);
        Assert.Equal(entries, Tuning.Of(other).TakeOver(shipped).Entries);
        using IlgpuDevice later = (IlgpuDevice)DeviceList.Open(deviceName);
        Assert.Equal(entries, Tuning.Of(later).ToFile().Entries);
        Assert.Null(CaseRunner.Run(c, later).FirstDifference(CaseRunner.Run(c, other)));

        TuningFile file = TuningFile.Read(shipped);
        (file with { Driver = "other" }).Write(shipped);
        Assert.Contains("driver", Assert.Throws<CalmException>(() => Tuning.Of(later).TakeOver(shipped)).Message);
        (file with { Device = "other" }).Write(shipped);
        Assert.Contains("is of the device other", Assert.Throws<CalmException>(() => Tuning.Of(later).TakeOver(shipped)).Message);
        (file with { Choices = "0" }).Write(shipped);
        Assert.Contains("is of version 0", Assert.Throws<CalmException>(() => Tuning.Of(later).TakeOver(shipped)).Message);
        Assert.Equal(entries, Tuning.Of(later).ToFile().Entries);
    }

    [Fact]
    public void A_damaged_file_is_named_and_an_older_one_is_none()
    {
        using IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(TestDevices.Names[0]);
        Tuning tuning = Tuning.Of(gpu);
        (tuning.ToFile() with { Choices = "0", Entries = [new("slice", "AdamW", "1024", "512")] }).Write(tuning.File);
        using IlgpuDevice again = (IlgpuDevice)DeviceList.Open(TestDevices.Names[0]);
        Assert.Empty(Tuning.Of(again).ToFile().Entries);
        File.WriteAllText(tuning.File, "{");
        using IlgpuDevice third = (IlgpuDevice)DeviceList.Open(TestDevices.Names[0]);
        Assert.Contains(tuning.File, Assert.Throws<CalmException>(() => Tuning.Of(third)).Message);
    }

    [Fact]
    public void Without_a_table_choices_are_built_in_and_a_lookup_allocates_nothing()
    {
        using IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(TestDevices.Names[0]);
        Choice choice = new(ChoiceKinds.Slice, "AdamW");
        Tuning.Of(gpu).Keep(new TuningOutcome([], [new TunedEntry("slice", "AdamW", "1024", "512")], null));
        Assert.Equal(512, Tuning.Of(gpu).Choose(choice, SizeClass.Of(1500), 2048));
        Assert.Equal(2048, Tuning.Of(gpu).Choose(choice, SizeClass.Of(2500), 2048));
        Assert.Equal(1000 * (512 + 2048), Sum());
        long before = GC.GetAllocatedBytesForCurrentThread();
        int sum = Sum();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000 * (512 + 2048), sum);

        int Sum()
        {
            int all = 0;
            for (int i = 0; i < 1000; i++)
            {
                all += Tuning.Of(gpu).Choose(choice, SizeClass.Of(1024 + i), 2048);
                all += Tuning.Of(gpu).Choose(choice, SizeClass.Of(2048 + i), 2048);
            }

            return all;
        }
    }

    [Fact]
    public void Candidates_with_other_bits_or_that_do_not_run_are_refused()
    {
        using IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(TestDevices.Names[0], 0, profiling: true);
        Choice right = Of("right"), wrong = Of("wrong"), broken = Of("broken");
        TuningOutcome outcome = new Tuner(gpu, new TunedWork("fake", () => Results(), Results), seconds: 0).Run();
        Assert.Equal(6, outcome.Tried.Count);
        Assert.All(outcome.Tried, t => Assert.Equal(
            (t.Choice, t.Candidate) switch
            {
                ("wrong", "2") => "gives other bits than the built-in choice",
                ("broken", "2") => "no such group",
                _ => null,
            },
            t.Refused));
        Assert.Null(Tuning.Of(gpu).Chooser);

        static Choice Of(string name) => new(new ChoiceKind(name, ChoiceLevel.Share, [1, 2], static (_, _) => true), "");

        IReadOnlyList<int[]> Results()
        {
            Choose(right);
            return Choose(broken) == 1 ? [[Choose(wrong)]] : throw new CalmException("no such group");
        }

        int Choose(Choice choice) => Tuning.Of(gpu).Choose(choice, SizeClass.Of(1), 1);
    }

    /// <summary>All that a CUDA device may take is among the kernels that are compiled without one.</summary>
    [Fact]
    public void Kernels_of_candidates_are_found()
    {
        IReadOnlyList<KernelSource> kernels = KernelSources.Of(
            [.. OpCases.Find().Where(c => c.Op is "Embedding" or "VocabularyArgMax")], [SourceLanguage.Ptx], KernelFamily.Tiled);
        Assert.All(kernels, k => Assert.Null(k.Failure));
        foreach (string part in new[] { "GroupTeam<Group64>", "GroupTeam<Group128>", "GroupTeam<Group256>", "Side8", "Side16" })
        {
            Assert.Contains(kernels, k => k.Name.Contains(part, StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> Differences(IlgpuDevice gpu, int mostElements)
    {
        foreach (string op in Ops)
        {
            OpCase c = SmallCase(op, mostElements);
            CaseRun wanted = CaseRunner.Run(c, gpu);
            CandidateChooser chooser = new(gpu);
            Tuning.Of(gpu).Chooser = chooser;
            do
            {
                if (wanted.FirstDifference(CaseRunner.Run(c, gpu)) is { } difference)
                {
                    yield return $"{c.Name}: {difference}";
                }
            }
            while (chooser.Next());
            Tuning.Of(gpu).Chooser = null;
        }
    }

    private static IEnumerable<string> DifferencesOfThreads(IlgpuDevice gpu)
    {
        foreach (string op in Ops)
        {
            OpCase c = SmallCase(op, 600);
            CaseRun wanted = CaseRunner.Run(c, gpu);
            foreach (int threads in ChoiceKinds.Threads.Values.Where(threads => ChoiceKinds.Threads.Suits(gpu, threads)))
            {
                Tuning.Of(gpu).Chooser = new Threads(threads);
                if (wanted.FirstDifference(CaseRunner.Run(c, gpu)) is { } difference)
                {
                    yield return $"{c.Name}, {threads} threads: {difference}";
                }
            }

            Tuning.Of(gpu).Chooser = null;
        }
    }

    /// <summary>The largest of an op's cases within a bound; the smallest where all are larger.</summary>
    private static OpCase SmallCase(string op, int mostElements)
    {
        OpCase[] cases = [.. OpCases.Find().Where(c => c.Op == op).OrderBy(Elements)];
        Assert.NotEmpty(cases);
        return cases.LastOrDefault(c => Elements(c) <= mostElements) ?? cases[0];

        static long Elements(OpCase c) => c.Inputs.Sum(i => i.Shape.Count);
    }

    private sealed class Threads(int threads) : IChooser
    {
        public int Choose(Choice choice, SizeClass size, int byDefault) =>
            choice.Kind == ChoiceKinds.Threads ? threads : byDefault;
    }
}
