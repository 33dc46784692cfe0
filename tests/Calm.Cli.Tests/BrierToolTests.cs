using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary><c>calm brier</c>: samples from files, paired tests, and the test of the estimator itself.</summary>
public sealed class BrierToolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Samples_of_a_file_are_scored_as_by_hand()
    {
        // Row 1: both draws hit all four and agree: 1 + 1 - 1. Row 2: one hits two tokens, they agree on none.
        string file = _folder.Write(
            "samples.jsonl",
            """
            {"truth":[1,2,3,4],"draws":[[1,2,3,4],[1,2,3,4]],"document":"a"}

            {"truth":[1,2,3,4,5],"draws":[[1,2,9,4],[7,7,7,7]],"document":2}
            """);
        JsonElement result = Json("brier", file, "--json");
        Assert.Equal([1, 1, 0.5, 0.5], Numbers(result.GetProperty("brier")));
        Assert.Equal(Math.Pow(0.25, 0.25), result.GetProperty("brierLm").GetDouble(), 12);
        Assert.Equal(2, result.GetProperty("rows").GetInt32());
        Assert.Equal(2, result.GetProperty("documents").GetInt32());
        double[] interval = Numbers(result.GetProperty("interval"));
        Assert.InRange(result.GetProperty("brierLm").GetDouble(), interval[0], interval[1]);
        Assert.Empty(result.GetProperty("against").EnumerateArray());
    }

    [Fact]
    public void Commas_give_what_json_gives()
    {
        string lines = _folder.Write(
            "a.jsonl",
            """
            {"truth":[1,2,3,4],"draws":[[1,2,3,4],[1,2,0,4],[1,1,1,1]],"document":"x"}
            {"truth":[5,6,7,8],"draws":[[5,6,7,8],[5,5,5,5],[5,6,7,8]],"document":"y"}
            """);
        string cells = _folder.Write(
            "a.csv",
            """
            document,truth,draw1,draw2,draw3
            x,1 2 3 4,1 2 3 4,1 2 0 4,1 1 1 1
            y,5 6 7 8,5 6 7 8,5 5 5 5,5 6 7 8
            """);
        JsonElement a = Json("brier", lines, "--json");
        JsonElement b = Json("brier", cells, "--json");
        Assert.Equal(a.GetProperty("brier").GetRawText(), b.GetProperty("brier").GetRawText());
        Assert.Equal(a.GetProperty("interval").GetRawText(), b.GetProperty("interval").GetRawText());
    }

    [Fact]
    public void The_published_estimator_takes_two_draws_and_lets_an_even_number_of_negative_scores_pass()
    {
        string file = _folder.Write(
            "negative.jsonl", """{"truth":[1,2,3,4],"draws":[[9,9,9,9],[9,9,9,9],[1,2,3,4]]}""");
        JsonElement published = Json("brier", file, "--estimator", "published", "--json");
        Assert.Equal([-1, -1, -1, -1], Numbers(published.GetProperty("brier")));
        Assert.Equal(1, published.GetProperty("brierLm").GetDouble());
        JsonElement clamped = Json("brier", file, "--json");
        Assert.Equal(2.0 / 3 - 1.0 / 3, clamped.GetProperty("brier")[0].GetDouble(), 12);
    }

    [Theory]
    [InlineData("""{"truth":[1,2,3],"draws":[[1,2,3,4],[1,2,3,4]]}""", "line 1: truth has 3 tokens")]
    [InlineData("""{"truth":[1,2,3,4],"draws":[[1,2,3,4]]}""", "line 1: has 1 draws")]
    [InlineData("""{"truth":[1,2,3,4],"draws":[[1,2,3,4],[1,2]]}""", "line 1: draw 2 has 2 tokens")]
    [InlineData("""{"truth":[1,2,3,4]}""", "line 1: not a row of samples: it lacks 'draws'")]
    [InlineData("""{"truth":[1,2,3,4],"draws":3}""", "line 1: not a row of samples")]
    [InlineData("""{"truth":[1,2,3,4""", "line 1: not a row of samples")]
    [InlineData("""{"truth":[1,2,3,4.5],"draws":[[1,2,3,4],[1,2,3,4]]}""", "line 1: not a row of samples")]
    [InlineData("a,b\n1,2", "line 1: must be a JSON object, or a heading")]
    [InlineData("truth,draw,draw\n1 2 3 4,1 2 3 4", "line 2: has 2 cells, the heading 3")]
    [InlineData("truth,draw,draw\n1 2 3 4,1 2 3 4,1 2 x 4", "line 2: draw has \"x\"")]
    [InlineData("\n", "has no rows")]
    public void A_broken_file_is_refused_in_a_line(string text, string message) =>
        Assert.Contains(message, TinyRun.Fails(1, "brier", _folder.Write("broken", text)), StringComparison.Ordinal);

    [Fact]
    public void What_cannot_be_asked_is_a_usage_error()
    {
        TinyRun.Fails(2, "brier");
        TinyRun.Fails(2, "brier", "a", "--self-test");
        Assert.Contains(
            "clamped or published", TinyRun.Fails(2, "brier", "a", "--estimator", "2"), StringComparison.Ordinal);
        Assert.Contains("no such file", TinyRun.Fails(1, "brier", _folder["nowhere"]), StringComparison.Ordinal);
    }

    /// <summary>The better of two models is told from the worse, and no model from itself.</summary>
    [Fact]
    public void A_paired_test_finds_a_difference_that_is_there_and_none_that_is_not()
    {
        string good = Samples("good", 0.7, 1);
        string worse = Samples("worse", 0.6, 1);
        string again = Samples("again", 0.7, 2);
        JsonElement result = Json("brier", good, worse, again, "--json");
        JsonElement[] against = [.. result.GetProperty("against").EnumerateArray()];
        double[] difference = Numbers(against[0].GetProperty("differenceInterval"));
        Assert.InRange(against[0].GetProperty("difference").GetDouble(), difference[0], difference[1]);
        Assert.True(difference[0] > 0);
        Assert.InRange(against[0].GetProperty("pValue").GetDouble(), 0, 0.01);
        Assert.InRange(against[1].GetProperty("pValue").GetDouble(), 0.05, 1);
        double[] none = Numbers(against[1].GetProperty("differenceInterval"));
        Assert.True(none[0] < 0 && none[1] > 0);
        Assert.Equal(
            result.GetProperty("brierLm").GetDouble() - against[0].GetProperty("brierLm").GetDouble(),
            against[0].GetProperty("difference").GetDouble(), 12);

        string shown = TinyRun.Succeeds("brier", good, worse);
        Assert.Contains("paired bootstrap over 300 documents", shown, StringComparison.Ordinal);
    }

    /// <summary>Of one document there is nothing to draw again; few are said to be few, on standard error.</summary>
    [Theory]
    [InlineData(1, "one document")]
    [InlineData(2, "2 documents can be drawn again in few ways")]
    [InlineData(9, "9 documents can be drawn again in few ways")]
    [InlineData(10, null)]
    public void Few_documents_make_no_interval_or_a_remark(int documents, string? remark)
    {
        string one = _folder.Write("one", Rows("[[1,2,3,4],[1,2,3,4]]"));
        string two = _folder.Write("two", Rows("[[1,2,9,9],[1,2,8,8]]"));
        (int code, string output, string error) = CommandLineTests.Calm("brier", one, two, "--json");
        Assert.Equal(0, code);
        JsonElement result = JsonDocument.Parse(output).RootElement;
        JsonElement pair = result.GetProperty("against")[0];
        JsonValueKind kind = documents > 1 ? JsonValueKind.Array : JsonValueKind.Null;
        Assert.Equal(kind, result.GetProperty("interval").ValueKind);
        Assert.Equal(kind, pair.GetProperty("interval").ValueKind);
        Assert.Equal(kind, pair.GetProperty("differenceInterval").ValueKind);
        Assert.Equal(documents > 1 ? JsonValueKind.Number : JsonValueKind.Null, pair.GetProperty("pValue").ValueKind);
        Assert.True(pair.GetProperty("difference").GetDouble() > 0);
        if (remark is null)
        {
            Assert.Equal("", error);
        }
        else
        {
            Assert.Contains(remark, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }

        string shown = TinyRun.Succeeds("brier", one, two);
        Assert.Equal(documents == 1, shown.Contains("no interval, no p", StringComparison.Ordinal));
        Assert.Equal(documents > 1, shown.Contains("p = ", StringComparison.Ordinal));

        string Rows(string draws) => string.Concat(Enumerable.Range(0, 20).Select(
            row => $$"""{"truth":[1,2,3,4],"draws":{{draws}},"document":{{row % documents}}}""" + "\n"));
    }

    [Fact]
    public void Only_the_same_rows_are_compared()
    {
        string one = _folder.Write("1", Row(1) + Row(2));
        Assert.Contains(
            "2, line 2: truth or document is not that of",
            TinyRun.Fails(1, "brier", one, _folder.Write("2", Row(1) + Row(3))),
            StringComparison.Ordinal);
        string shorter = TinyRun.Fails(1, "brier", one, _folder.Write("3", Row(1)));
        Assert.Contains($"{_folder["3"]}: ends before", shorter, StringComparison.Ordinal);
        BrierTotals a = new();
        BrierTotals b = new();
        a.Add(1, [1, 1, 1, 1]);
        b.Add(2, [1, 1, 1, 1]);
        Assert.Throws<CalmException>(() => PairedBrier.Compare(a, b));

        static string Row(int first) => $$"""{"truth":[{{first}},2,3,4],"draws":[[1,2,3,4],[1,2,3,4]]}""" + "\n";
    }

    [Fact]
    public void The_self_test_passes_and_prints_what_it_knows()
    {
        string shown = TinyRun.Succeeds("brier", "--self-test");
        Assert.Contains("expected", shown, StringComparison.Ordinal);
        Assert.EndsWith("passed\n", shown, StringComparison.Ordinal);
        JsonElement result = Json("brier", "--self-test", "--json");
        Assert.True(result.GetProperty("passed").GetBoolean());
        Assert.Equal(10, result.GetProperty("lines").GetArrayLength());
    }

    /// <summary>A pool's collisions must leave out a draw's agreement with itself; hits must count twice.</summary>
    [Theory]
    [InlineData("collisions with itself")]
    [InlineData("one percent too many hits")]
    [InlineData("second draw copies the first")]
    public void The_self_test_rejects_a_planted_bias(string bias)
    {
        IReadOnlyList<BrierSelfTest.Line> lines = BrierSelfTest.Run((draws, stride, truth, scores) =>
        {
            if (bias == "second draw copies the first")
            {
                int[] copied = draws.ToArray();
                copied.AsSpan(0, stride).CopyTo(copied.AsSpan(stride));
                BrierScore.AddRow(copied, stride, truth, scores);
                return;
            }

            BrierScore.AddRow(draws, stride, truth, scores);
            int count = draws.Length / stride;
            for (int draw = 0; draw < count; draw++)
            {
                int hits = draws.Slice(draw * stride, stride).CommonPrefixLength(truth);
                for (int n = 0; n < 4; n++)
                {
                    scores[n] += bias == "collisions with itself" ? -1.0 / (count * count) : n < hits ? 0.02 / count : 0;
                }
            }
        });
        Assert.Contains(lines, line => !line.Passed);
    }

    /// <summary>300 documents of 5 rows; a model that hits each token with a probability.</summary>
    private string Samples(string name, double hit, uint seed)
    {
        RandomStream stream = new(5, seed, 0);
        ulong next = 0;
        List<string> lines = [];
        for (int row = 0; row < 1500; row++)
        {
            int[] truth = [row % 7, row % 5, row % 3, row % 2];
            string draws = string.Join(',', Enumerable.Range(0, 4).Select(_ => $"[{string.Join(',', truth.Select(Guess))}]"));
            lines.Add($$"""{"truth":[{{string.Join(',', truth)}}],"draws":[{{draws}}],"document":{{row / 5}}}""");
        }

        return _folder.Write($"{name}.jsonl", string.Join('\n', lines));

        int Guess(int id) => stream.Uniform(next++) < hit ? id : (int)(10 + stream.Word(next++) % 50);
    }

    private static JsonElement Json(params string[] args) => JsonDocument.Parse(TinyRun.Succeeds(args)).RootElement;

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];
}
