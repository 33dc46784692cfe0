using System.Text;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>A file of a run may hold anything: reading it gives a value or one line.</summary>
public sealed class JsonFileTests
{
    private sealed record Value(int Count, string Name);

    private static readonly JsonFile Json = new("a value", "write it again", SettingsJson.Options);

    [Theory]
    [InlineData("", "not a value")]
    [InlineData("null", "it is null")]
    [InlineData("[]", "it has another shape")]
    [InlineData("{}", "it lacks 'count', 'name'")]
    [InlineData("{\"count\":1,\"name\":null}", "name has a value that does not fit")]
    [InlineData("{\"count\":1.5,\"name\":\"a\"}", "count has a value that does not fit")]
    [InlineData("{\"count\":1,\"count\":2,\"name\":\"a\"}", "Duplicate property 'count'")]
    [InlineData("{\"count\":1,\"name\":\"\\ud800\"}", "is not Unicode")]
    [InlineData("{\"count\":1e400,\"name\":\"a\"}", "is too large")]
    [InlineData("{\"count\":1,\"name\":\"a\"", "not a value")]
    public void A_fault_is_one_line_with_the_remedy(string text, string message)
    {
        string line = Assert.Throws<CalmException>(() => Json.Parse<Value>(Encoding.UTF8.GetBytes(text), "file.json")).Message;
        Assert.StartsWith("file.json: not a value: ", line);
        Assert.Contains(message, line);
        Assert.EndsWith("; write it again.", line);
        Assert.DoesNotContain("System.", line);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void A_file_without_end_is_refused_and_fills_no_memory()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("/dev/zero: has more than 1 MB", Refused(() => BoundedFile.Read("/dev/zero", 1 << 20).Length));
            Assert.Contains("/dev/zero: a line has more than 1 MB", Refused(() => FileLines.Read("/dev/zero", 1 << 20).Count()));
        }

        static string Refused(Func<int> read) => Assert.Throws<CalmException>(() => read()).Message;
    }

    [Fact]
    public void Lines_come_without_ends_and_byte_order_mark()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("lines", [0xEF, 0xBB, 0xBF, .. "a\n\nbc\nd"u8]);
        Assert.Equal(["a", "", "bc", "d"], FileLines.Read(path, 100).Select(line => Encoding.UTF8.GetString(line.Span)));
        Assert.Empty(FileLines.Read(folder.Write("empty", ""), 100));
    }

    [Fact]
    public void Nesting_without_end_is_a_fault() =>
        Assert.Throws<CalmException>(() => Json.Parse<JsonElement>(Encoding.UTF8.GetBytes(new string('[', 100_000)), "file.json"));

    /// <summary>A log is a report: damage in it never stops a run.</summary>
    [Fact]
    public void Damaged_lines_of_a_log_are_left_out()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write(
            TrainingLog.FileName,
            "{\"step\":1}\nnull\n[]\n{\"step\":\"two\"}\n{\"step\":2,\"step\":3}\n{}\n{\"step\":1e99}\n\0\n{\"step\":4}\n{\"ste");
        Assert.Equal([1, 4], TrainingLog.Read(path).Select(TrainingLog.Step));
        new TrainingLog(path).KeepThrough(3);
        Assert.Equal("{\"step\":1}\n", File.ReadAllText(path));
    }

    /// <summary>Every file of JSON in a run, cut short and with every byte changed in turn, by a reader of its kind.</summary>
    [Fact]
    public void A_description_of_a_run_with_any_byte_changed_is_read_or_refused_in_one_line()
    {
        using TemporaryFolder folder = new();
        RunFolder run = RunFolder.Create(
            folder["run"], new RunFolder.Description(Stage.Ar, folder["data"], null, "", "", new RunConfig()), 1);
        string path = folder["run/run.json"];
        byte[] whole = File.ReadAllBytes(path);
        foreach (byte replacement in "\"{}[]:,0e- x\\"u8)
        {
            for (int i = 0; i < whole.Length; i += 7)
            {
                byte[] changed = [.. whole];
                changed[i] = replacement;
                File.WriteAllBytes(path, changed);
                try
                {
                    run.ReadDescription();
                }
                catch (CalmException failure)
                {
                    Assert.DoesNotContain('\n', failure.Message);
                }
            }
        }
    }
}
