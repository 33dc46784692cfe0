using Calm.Faults;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Files that once broke a reader, and fresh mutations of every kind of file: read, or refused in one line.</summary>
public sealed class FoundInputTests : IClassFixture<FoundInputTests.Kinds>
{
    private const int Mutations = 20_000;
    private const long MostBytes = 512_000_000;

    /// <summary>Names of readers by the folders of <c>tests/cases</c>.</summary>
    private static readonly Dictionary<string, string> ReaderOf = new()
    {
        ["config-autoencoder"] = "config.json autoencoder",
        ["config-calm"] = "config.json calm",
        ["config-ar"] = "config.json ar",
        ["run-autoencoder"] = "run.json autoencoder",
        ["run-calm"] = "run.json calm",
        ["run-ar"] = "run.json ar",
        ["log"] = "log.jsonl",
        ["safetensors"] = "safetensors",
        ["safetensors-index"] = "safetensors index",
        ["series-csv"] = "series csv, all columns",
        ["series-json"] = "series.json",
        ["settings"] = "settings file",
        ["study-plan"] = "plan.json",
        ["text-parquet"] = "text parquet, differences",
        ["tokenizer-bpe"] = "tokenizer bpe",
        ["tokenizer-levels"] = "tokenizer levels",
        ["trainer"] = "trainer.json",
    };

    private readonly Kinds _kinds;

    public FoundInputTests(Kinds kinds) => _kinds = kinds;

    /// <summary>All kinds of files, with runs of every stage to put them in.</summary>
    public sealed class Kinds : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly HostDevice _host = new(1);

        public Kinds()
        {
            Nano.PrepareAll(_folder);
            Readers = [.. Calm.Faults.Readers.All(_folder, _folder["own"], _host)];
        }

        internal Reader[] Readers { get; }

        public void Dispose()
        {
            _host.Dispose();
            _folder.Dispose();
        }
    }

    public static TheoryData<string> Folders => [.. ReaderOf.Keys];

    [Fact]
    public void Every_folder_of_inputs_has_a_reader() =>
        Assert.Equal(
            ReaderOf.Keys.Order(), Directory.GetDirectories(Path.Combine(Programs.Root, "tests", "cases")).Select(Path.GetFileName).Order());

    [Theory]
    [MemberData(nameof(Folders))]
    public void An_input_that_was_found_is_read_or_refused_in_a_line(string folder)
    {
        Reader reader = _kinds.Readers.Single(one => one.Name == ReaderOf[folder]);
        string[] files = Directory.GetFiles(Path.Combine(Programs.Root, "tests", "cases", folder), "*.bin");
        Assert.NotEmpty(files);
        Assert.All(files, file => Read(reader, File.ReadAllBytes(file)));
    }

    [Fact]
    public void What_is_right_is_read() => Assert.All(_kinds.Readers, reader => reader.Read(reader.Sample));

    [Fact]
    public void What_is_changed_at_random_is_read_or_refused_in_a_line()
    {
        Random random = new(1);
        for (int i = 0; i < Mutations; i++)
        {
            Reader reader = _kinds.Readers[i % _kinds.Readers.Length];
            Read(reader, Mutator.Change(reader.Sample, reader.IsJson, random));
        }
    }

    private static void Read(Reader reader, byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            reader.Read(bytes);
        }
        catch (CalmException refused)
        {
            Assert.DoesNotContain('\n', refused.Message);
            Assert.DoesNotContain("System.", refused.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }
}
