using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>Text as the command line takes it: counted, from standard input, mixed, and held out by hand.</summary>
public sealed class DataTests
{
    private static readonly string[] Texts = [.. Enumerable.Range(0, 30).Select(i => $"{i} {SmallText.Words(100)}")];

    [Fact]
    public void Stats_count_documents_tokens_and_duplicates()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.jsonl.gz", Forms.Gzip(Forms.JsonLines(["one", "", "three", "one"])));
        JsonElement counts = Json(TinyRun.Succeeds("data", "stats", path, "--json"));
        Assert.Equal(1, counts.GetProperty("files").GetInt32());
        Assert.Equal(3, counts.GetProperty("documents").GetInt32());
        Assert.Equal(1, counts.GetProperty("empty").GetInt32());
        Assert.Equal(11, counts.GetProperty("bytes").GetInt32());
        Assert.Equal(11, counts.GetProperty("tokens").GetInt32());
        Assert.Equal(1, counts.GetProperty("bytesPerToken").GetDouble());
        Assert.Equal(3, counts.GetProperty("duplicates").GetProperty("bytes").GetInt32());
        Assert.Equal($"{path}:3", counts.GetProperty("longest").GetProperty("name").GetString());
        string ids = folder.Write("a.bin", Forms.Ids([1, 2, 257, 3], sizeof(ushort), hasHeader: true));
        Assert.Equal(2, Json(TinyRun.Succeeds("data", "stats", ids, "--json")).GetProperty("documents").GetInt32());
    }

    [Fact]
    public void Standard_input_is_the_text_of_its_file()
    {
        using TemporaryFolder folder = new();
        byte[] lines = Forms.JsonLines(Texts);
        string path = folder.Write("a.jsonl", lines);
        StringWriter output = new();
        Terminal terminal = new(output, new StringWriter()) { OpenInput = () => new MemoryStream(lines) };
        Assert.Equal(0, CommandLine.Run(Train("-", folder["input"]), terminal));
        TinyRun.Succeeds(Train(path, folder["file"]));
        foreach (string name in new[] { "data/train.tokens", "data/held-out.tokens", "model.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(folder[$"file/{name}"]), File.ReadAllBytes(folder[$"input/{name}"]));
        }

        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), $"calm-{Environment.ProcessId}-*"));
    }

    [Fact]
    public void What_is_given_to_hold_out_changes_that_part_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.jsonl", Forms.JsonLines(Texts));
        string one = folder.Write("one.txt", SmallText.Words(50));
        string two = folder.Write("two.jsonl", Forms.JsonLines([SmallText.Words(70), Texts[3]]));
        TinyRun.Succeeds([.. Train(path, folder["one"]), "--validation", one]);
        (int code, _, string error) = CommandLineTests.Calm([.. Train(path, folder["two"]), "--validation", two]);
        Assert.Equal(0, code);
        Assert.Contains("validation: 1 document of --data is in --validation too and left out", error);
        Assert.Equal(30, Documents(folder, "one/data/train.tokens"));
        Assert.Equal(1, Documents(folder, "one/data/held-out.tokens"));
        Assert.Equal(29, Documents(folder, "two/data/train.tokens"));
        Assert.Equal(2, Documents(folder, "two/data/held-out.tokens"));
        TinyRun.Succeeds([.. Train(path, folder["three"]), "--validation", folder.Write("three.txt", SmallText.Words(90))]);
        Assert.Equal(
            File.ReadAllBytes(folder["one/data/train.tokens"]), File.ReadAllBytes(folder["three/data/train.tokens"]));
        Assert.Equal(
            File.ReadAllBytes(folder["one/model.safetensors"]), File.ReadAllBytes(folder["three/model.safetensors"]));
    }

    [Fact]
    public void Weights_mix_what_is_learnt_and_not_what_is_held_out()
    {
        using TemporaryFolder folder = new();
        string few = folder.Write("few.jsonl", Forms.JsonLines(Texts[..10]));
        string many = folder.Write("many.jsonl", Forms.JsonLines(Texts[10..]));
        string[] train = Train(few, folder["mixed"]);
        TinyRun.Succeeds([.. train, "--data", many, "--weights", "3", "1"]);
        TinyRun.Succeeds([.. Train(few, folder["plain"]), "--data", many]);
        Assert.Equal(
            File.ReadAllBytes(folder["plain/data/held-out.tokens"]), File.ReadAllBytes(folder["mixed/data/held-out.tokens"]));
        train = Train(few, folder["refused"]);
        Assert.Contains("2 numbers for 1 path of --data", TinyRun.Fails(2, [.. train, "--weights", "3", "1"]));
        Assert.Contains("--weights: must be above 0", TinyRun.Fails(2, [.. train, "--weights", "0"]));
        string bin = folder.Write("a.bin", Forms.Ids([1, 2, 257, 3], sizeof(ushort), hasHeader: true));
        Assert.Contains(
            "give the tokenizer that made them", TinyRun.Fails(1, [.. Train(bin, folder["bin"]), "--tokenizer", "bpe"]));
    }

    private static string[] Train(string data, string run) =>
        ["train", "autoencoder", "--data", data, "--run", run, "--steps", "1", .. TinyRun.Settings];

    private static long Documents(TemporaryFolder folder, string name)
    {
        using TokenFile file = TokenFile.Open(folder[name], new ByteTokenizer());
        return file.Documents;
    }

    private static JsonElement Json(string line) => JsonDocument.Parse(line).RootElement;
}
