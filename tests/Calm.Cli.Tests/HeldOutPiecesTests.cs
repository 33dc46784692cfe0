using System.Text;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Intervals resample documents, or pieces of a text that has few documents.</summary>
public sealed class HeldOutPiecesTests
{
    [Theory]
    [InlineData(1, 4000, 20)]
    [InlineData(3, 4000, 20)]
    [InlineData(1, 64, 16)] // the cube root of 64 patches is 4
    public void Few_documents_are_cut_into_pieces_of_consecutive_patches(int documents, int patches, int pieces)
    {
        using TemporaryFolder folder = new();
        using Corpus corpus = Text(folder, documents, patches);
        HeldOutWindows windows = new(corpus.HeldOut, 8, 0);
        (long Document, long Piece)[] units = Units(windows);
        int length = windows.PiecePatches!.Value;
        Assert.Equal(patches / pieces, length);
        Assert.Equal(documents, units.Select(unit => unit.Document).Distinct().Count());
        Assert.Equal(pieces, units.Select(unit => unit.Piece).Distinct().Count());
        Assert.Equal(units.Order(), units); // without gaps: each is one run of patches
        Assert.All(units.CountBy(unit => unit), unit => Assert.InRange(unit.Value, 1, length));
    }

    [Fact]
    public void Ten_documents_are_drawn_whole()
    {
        using TemporaryFolder folder = new();
        using Corpus corpus = Text(folder, 10, 4000);
        HeldOutWindows windows = new(corpus.HeldOut, 8, 0);
        Assert.Null(windows.PiecePatches);
        Assert.Equal(10, Units(windows).Distinct().Count());
    }

    /// <summary>
    /// Scores that depend on those before them, x[t] = 0.9 x[t - 1] + noise, 4000 in 20 pieces: the interval is as wide as
    /// means of other such texts scatter, while rows drawn one by one would make it several times too narrow.
    /// </summary>
    [Fact]
    public void Pieces_keep_what_rows_drawn_one_by_one_would_lose()
    {
        const int rows = 4000;
        double[] means = [.. Enumerable.Range(0, 200).Select(text => Scores(text).Average())];
        double mean = means.Average();
        double width = 2 * 1.96 * Math.Sqrt(means.Average(x => (x - mean) * (x - mean)));
        double pieces = Enumerable.Range(0, 40).Average(text => Width(Scores(text), rows / 20));
        double single = Enumerable.Range(0, 40).Average(text => Width(Scores(text), 1));
        Assert.InRange(pieces, 0.8 * width, 1.1 * width);
        Assert.InRange(single, 0, 0.4 * width);

        static double Width(double[] scores, int length)
        {
            BrierTotals totals = new();
            for (int row = 0; row < scores.Length; row++)
            {
                double score = scores[row];
                totals.Add((0, row / length), [score, score, score, score]);
            }

            BrierTotals.Result result = totals.Summarise();
            return result.High - result.Low;
        }

        static double[] Scores(int text)
        {
            RandomStream noise = new(17, (uint)text, 0);
            double[] scores = new double[rows];
            double x = 0;
            for (int row = 0; row < rows; row++)
            {
                x = 0.9 * x + 0.02 * noise.Normal((ulong)row);
                scores[row] = 0.5 + x;
            }

            return scores;
        }
    }

    [Fact]
    public void An_evaluation_of_one_document_has_intervals_and_says_of_what()
    {
        using TinyRun run = new();
        run.TrainAutoencoder(steps: 2);
        TinyRun.Succeeds(run.TrainCalm("calm", "--steps", "2"));
        JsonElement result = JsonDocument.Parse(
            TinyRun.Succeeds("evaluate", run["calm"], "--against", run["calm"], "--json", "--device", "host")).RootElement;
        Assert.Equal(1, result.GetProperty("documents").GetInt32());
        Assert.Equal(20, result.GetProperty("pieces").GetProperty("count").GetInt32());
        JsonElement unigram = result.GetProperty("baselines").GetProperty("unigramInterval");
        Assert.True(unigram[0].GetDouble() < unigram[1].GetDouble());
        string shown = TinyRun.Succeeds("evaluate", run["calm"], "--against", run["calm"], "--device", "host");
        Assert.Contains("of 1 held-out document, for intervals in 20 pieces of at most", shown, StringComparison.Ordinal);
        Assert.Contains("paired bootstrap over 20 pieces", shown, StringComparison.Ordinal);

        // With a single window looked at there is little to draw.
        (_, _, string error) = CommandLineTests.Calm("evaluate", run["calm"], "--patches", "16", "--device", "host");
        Assert.Contains("pieces can be drawn again in few ways", error, StringComparison.Ordinal);
    }

    /// <summary>Documents of equal lengths that end with whole patches.</summary>
    private static Corpus Text(TemporaryFolder folder, int documents, int patches)
    {
        int bytes = patches / documents * 4 - 1; // the end of a document is a token
        Document[] text = [.. Enumerable.Range(0, documents).Select(
            i => new Document($"{i}", Encoding.ASCII.GetBytes(new string('x', bytes))))];
        return Corpus.Write(folder["data"], text, text, new ByteTokenizer(), 4);
    }

    private static (long Document, long Piece)[] Units(HeldOutWindows windows) =>
    [
        .. from window in Enumerable.Range(0, windows.Count)
           from patch in Enumerable.Range(0, windows.Patches)
           select windows.Unit(window, patch),
    ];
}
