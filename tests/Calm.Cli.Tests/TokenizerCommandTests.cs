using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary><c>calm tokenizer</c>, and training with a tokenizer of others.</summary>
public sealed class TokenizerCommandTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Ranks_become_a_folder_that_every_command_takes()
    {
        string ranks = _run["in/tokenizer.model"];
        Directory.CreateDirectory(Path.GetDirectoryName(ranks)!);
        IEnumerable<byte[]> tokens = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), [.. "th"u8], [.. "the"u8]];
        File.WriteAllLines(ranks, tokens.Select((token, rank) => $"{Convert.ToBase64String(token)} {rank}"));
        File.WriteAllText(_run["in/special_tokens_map.json"], """{"eos_token":"<end>"}""");
        File.WriteAllText(
            _run["in/tokenizer_config.json"], """{"added_tokens_decoder":{"258":{"content":"<end>","special":true}}}""");

        Assert.Contains("its expression must be named", TinyRun.Fails(1, Converts()), StringComparison.Ordinal);
        JsonElement converted = JsonDocument.Parse(TinyRun.Succeeds(Converts("--split", "gpt2", "--json"))).RootElement;
        Assert.Equal(260, converted.GetProperty("vocabulary").GetInt32());
        Assert.Equal(258, converted.GetProperty("end").GetInt32());
        Assert.Contains(
            "is read by this command", TinyRun.Fails(1, "tokenizer", "convert", _run["out"], "--out", _run["out"]),
            StringComparison.Ordinal);

        Assert.Equal("257 32 257 110\n", TinyRun.Succeeds("tokenizer", "encode", "--text", "the then", "--tokenizer", _run["out"]));
        Assert.Equal("the\n", TinyRun.Succeeds("tokenizer", "decode", "257", "258", "--tokenizer", _run["out/tokenizer.json"]));

        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run.TextFile, "--tokenizer", _run["out"], "--run", _run["ae"], "--steps", "2",
            .. TinyRun.Settings]);
        using Corpus corpus = Corpus.Open(_run["ae/data"]);
        Assert.Equal(converted.GetProperty("hash").GetString(), corpus.Tokenizer.Hash);
        Assert.Equal(258, corpus.Tokenizer.EndOfText);

        string[] Converts(params string[] more) => ["tokenizer", "convert", ranks, "--out", _run["out"], .. more];
    }
}
