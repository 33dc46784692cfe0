using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Places of held-out text, trials with scorers whose answers are known, and the smoothed counts.</summary>
public sealed class RankingTrialsTests : IDisposable
{
    private const int Tokens = 6;
    private const int Documents = 30;

    private readonly TemporaryFolder _folder = new();
    private readonly Corpus _corpus;

    /// <summary>Document d repeats the letter d, but for numbers at its start; every fifth is too short.</summary>
    public RankingTrialsTests()
    {
        Document[] documents =
        [
            .. Enumerable.Range(0, Documents).Select(d => new Document(
                $"{d}", Encoding.ASCII.GetBytes(d % 5 == 0 ? $"{Letter(d)}" : $"{d:0000}{new string(Letter(d), 7 + d)}"))),
        ];
        _corpus = Corpus.Write(_folder["text"], documents, documents, new ByteTokenizer(), 4);
    }

    [Fact]
    public void A_place_has_its_document_before_and_behind_it_and_others_come_from_other_documents()
    {
        HeldOutPlaces places = new(_corpus.HeldOut, Tokens);
        RandomStream random = new(1, 0, 0);
        HashSet<long> starts = [];
        for (ulong i = 0; i < 4000; i++)
        {
            HeldOutPlaces.Place place = places.Choose((ulong)random.Word(2 * i) << 32);
            starts.Add(place.Token);
            int letter = Assert.Single(places.Continuation(place).Distinct());
            int[] prompt = places.Prompt(place, 1000);
            Assert.Equal(0, prompt.Length % 4);
            Assert.StartsWith($"{letter - 'A':0000}", Encoding.ASCII.GetString([.. prompt.Select(id => (byte)id)]));
            Assert.Equal(prompt[^4..], places.Prompt(place, 5));
            Assert.Equal(prompt[^4..], places.Prompt(place, 0));
            HeldOutPlaces.Place other = places.ChooseOutside((ulong)random.Word(2 * i + 1) << 32, place.Document);
            Assert.NotEqual(letter, Assert.Single(places.Continuation(other).Distinct()));
        }

        // All places: patches from the second on that begin Tokens or more before the end of the text.
        int all = Enumerable.Range(0, Documents).Where(d => d % 5 != 0).Sum(d => (4 + 7 + d - Tokens) / 4);
        Assert.Equal(all, starts.Count);
    }

    [Fact]
    public void Continuations_that_are_too_long_are_refused_with_the_number_of_documents()
    {
        string message = Assert.Throws<SettingException>(() => new HeldOutPlaces(_corpus.HeldOut, 36)).Message;
        Assert.StartsWith("tokens is 36, expected fewer: 1 of 30 held-out documents has", message, StringComparison.Ordinal);
        Assert.Throws<SettingException>(() => new HeldOutPlaces(_corpus.HeldOut, 1000));
    }

    [Fact]
    public void One_who_knows_is_always_first_one_who_does_not_care_by_chance_and_one_who_errs_never()
    {
        const int choices = 5;
        RankingTrials trials = new(new HeldOutPlaces(_corpus.HeldOut, Tokens), 64, Tokens, choices, seed: 2);
        RankingTrials.Result result = trials.Run(
            200, [new Known(ContinuationMeasure.Agreement, 1), new Known(ContinuationMeasure.Bigram, 0)]);
        Assert.Equal(200, result.Trials);
        Assert.InRange(result.Documents, 15, 24);
        Assert.Equal(new Estimate(1, 1, 1), result.First[0].Share);
        Assert.Equal(1.0 / choices, result.First[1].Share.Value, 1e-12);
        Assert.Equal(1 - 1.0 / choices, result.Difference.Value, 1e-12);
        result = trials.Run(
            200, [new Known(ContinuationMeasure.LogProbability, -1), new Known(ContinuationMeasure.Energy, -1)]);
        Assert.Equal(0, result.First[0].Share.Value);
        Assert.Equal(1, result.First[1].Share.Value); // of energies the lowest is the best
    }

    /// <summary>After each token the probabilities of all tokens are positive and add up to one.</summary>
    [Fact]
    public void Smoothed_bigrams_are_a_distribution_and_know_what_was_seen()
    {
        int[] text = [0, 1, 0, 2, 1, 0, 0, 1, 2, 2, 0, 1];
        CountBaseline counts = new(text, 5);
        for (int previous = 0; previous < 5; previous++)
        {
            double[] p = [.. Enumerable.Range(0, 5).Select(token => Math.Exp(counts.LogProbability(previous, [token])))];
            Assert.Equal(1, p.Sum(), 1e-12);
            Assert.All(p, one => Assert.True(one > 0));
        }

        // 0 was followed by 1 three times, by 2 and by 0 once: three kinds of five pairs. Twelve tokens, four of them a 1.
        Assert.Equal(Math.Log((3 + 3 * (4 + 1) / 17.0) / 8), counts.LogProbability(0, [1]), 1e-12);
        Assert.Equal(Math.Log(1 / 17.0), counts.LogProbability(4, [3]), 1e-12);
        Assert.Equal(
            (counts.LogProbability(0, [1]) + counts.LogProbability(1, [2])) / 2, counts.LogProbability(0, [1, 2]), 1e-12);
    }

    public void Dispose()
    {
        _corpus.Dispose();
        _folder.Dispose();
    }

    private static char Letter(int document) => (char)('A' + document);

    /// <summary>Scores by whether a continuation goes on with the prompt's last token, times a weight.</summary>
    private sealed class Known(ContinuationMeasure measure, double weight) : IContinuationScorer
    {
        private int _last;

        public IReadOnlyList<ContinuationMeasure> Measures => [measure];

        public int FewestTokens => 1;

        public void Read(ReadOnlySpan<int> ids, uint trial) =>
            // A prompt of numbers alone names its letter.
            _last = ids[^1] >= 'A' ? ids[^1] : 'A' + int.Parse(Encoding.ASCII.GetString([.. ids[..4].ToArray().Select(id => (byte)id)]));

        public ContinuationScore[] Score(ReadOnlySpan<int> ids, bool ends) =>
            [new(measure, Estimate.Exact(ids[0] == _last ? weight : 0), 1)];

        public void Dispose()
        {
            // It holds nothing.
        }
    }
}
