using System.Text;

namespace Calm.Training.Tests;

/// <summary>A text ends before a stop string, however it is cut into pieces.</summary>
public sealed class StopStringTests
{
    [Theory]
    [InlineData("one. Two", "one", ".")]
    [InlineData("abcd", "ab", "bcd", "c")] // c is complete before bcd
    [InlineData("xabcd", "x", "bc", "abc")] // both end at c
    [InlineData("aaab", "a", "aab")]
    [InlineData("end\n", "end\n", "\n\n")]
    [InlineData("na\u00efve \ud83d\ude00!", "na\u00efve ", "\ud83d\ude00!")]
    [InlineData("all of it", "all of it")]
    public void It_ends_before_the_one_that_is_complete_first(string text, string expected, params string[] stop)
    {
        for (int piece = 1; piece <= text.Length; piece++)
        {
            Assert.Equal((expected, expected != text), Cut(text, stop, piece));
        }
    }

    [Fact]
    public void Pieces_of_any_length_give_what_a_search_in_the_whole_gives()
    {
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            string text = Word(random, 30);
            string[] stop = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Word(random, 6))];
            Assert.Equal(Search(text, stop), Cut(text, stop, random.Next(1, 8)));
        }

        static string Word(Random random, int most) =>
            string.Concat(Enumerable.Range(0, random.Next(1, most)).Select(_ => "ab"[random.Next(2)]));

        static (string Text, bool IsFound) Search(string text, string[] stop)
        {
            for (int end = 1; end <= text.Length; end++)
            {
                if (stop.Where(text[..end].EndsWith).MaxBy(one => one.Length) is { } found)
                {
                    return (text[..(end - found.Length)], true);
                }
            }

            return (text, false);
        }
    }

    /// <summary>Text that cannot begin a stop string is given at once.</summary>
    [Fact]
    public void Only_a_possible_beginning_is_held_back()
    {
        StopStrings stop = new(["</s>"]);
        Assert.Equal("a <", stop.Append("a <<"));
        Assert.Equal("", stop.Append("/s"));
        Assert.Equal("</sx", stop.Append("x"));
        Assert.Equal("b", stop.Append("b</s>c"));
        Assert.True(stop.IsFound);
        Assert.Equal("", stop.Append("d") + stop.Finish());
    }

    [Fact]
    public void A_growing_text_ends_inside_a_patch_and_across_bytes_of_a_character()
    {
        (GeneratedText text, string written) = Grow("say \u00e9\ud83d\ude00 and more", "\u00e9\ud83d\ude00 a");
        Assert.Equal("promptsay ", text.Text);
        Assert.Equal(text.Text, written);
        Assert.Equal(TextEnding.Stop, text.Ending);
        Assert.False(text.Ended);
    }

    [Fact]
    public void A_stop_string_of_the_prompt_does_not_count_and_what_was_held_back_comes_at_the_end()
    {
        (GeneratedText text, string written) = Grow("say pro", "prompt", "xyz");
        Assert.Equal("promptsay pro", text.Text);
        Assert.Equal(text.Text, written);
        Assert.Equal(TextEnding.EndOfText, text.Ending);
        Assert.Equal(TextEnding.MaxTokens, Grow("say a long text that does not end", "xyz").Text.Ending);
    }

    /// <summary>Grows a text by patches of three bytes, up to 30.</summary>
    private static (GeneratedText Text, string Written) Grow(string added, params string[] stop)
    {
        ITokenizer tokenizer = new ByteTokenizer();
        StringBuilder written = new();
        GrowingText text = new(
            new GenerationRequest("prompt", MostTokens: 30) { Stop = stop }, tokenizer, 1, 3, piece => written.Append(piece));
        int[] ids = [.. tokenizer.Encode(added), tokenizer.EndOfText];
        foreach (int[] patch in ids.Chunk(3))
        {
            if (!text.IsFinished)
            {
                text.Add(patch);
            }
        }

        return (text.Finish(0), written.ToString());
    }

    private static (string Text, bool IsFound) Cut(string text, string[] stop, int pieceLength)
    {
        StopStrings cut = new(stop);
        StringBuilder before = new();
        foreach (char[] piece in text.Chunk(pieceLength))
        {
            before.Append(cut.Append(new string(piece)));
        }

        return (before.Append(cut.Finish()).ToString(), cut.IsFound);
    }
}
