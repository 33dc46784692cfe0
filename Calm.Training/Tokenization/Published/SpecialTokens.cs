using System.Text.Json;

namespace Calm.Training;

/// <summary>Finds begin, end of text and padding of a published tokenizer.</summary>
internal static class SpecialTokens
{
    private const string AddedPad = "[PAD]";

    private static readonly string[] Begins = ["<|begin_of_text|>", "<s>", "<bos>", "[BOS]"];
    private static readonly string[] Ends = ["<|end_of_text|>", "<|endoftext|>", "</s>", "<eos>", "[EOS]"];
    private static readonly string[] Pads = ["<|pad|>", AddedPad, "<pad>"];

    /// <summary>
    /// The tokenizer with what a model states, else with what the files beside it name, else with special tokens of common names.
    /// A tokenizer without padding gets one more token, as in the published training code; one that may not grow pads with its
    /// end of text.
    /// </summary>
    /// <exception cref="JsonException">No end of text can be found, or an id does not fit.</exception>
    public static PublishedTokenizer Complete(TokenizerModel model, TokenizerConfig config, TokenizerIds stated)
    {
        TokenizerModel all = model.With(config.Added);
        TokenizerIds known = stated.Or(config.Ids);
        int end = known.EndOfText ?? Named(all, config.EndOfText, "eos_token") ?? Common(all, Ends)
            ?? throw new JsonException(
                $"it names no token that ends a document; name one as eos_token in a {TokenizerConfig.FileName} beside it");
        int begin = known.Begin ?? Named(all, config.Begin, "bos_token") ?? Common(all, Begins) ?? end;
        bool mayGrow = known.Vocabulary is null || known.Vocabulary > all.Size;
        int pad = known.Pad ?? Named(all, config.Pad, "pad_token") ?? Common(all, Pads) ?? (mayGrow ? all.Size : end);
        if (pad == all.Size && all.Find(AddedPad) is null)
        {
            all = all.With([new AddedToken(pad, AddedPad, IsSpecial: true, IsNormalized: false)]);
        }

        int least = Math.Max(all.Size, 1 + Math.Max(begin, Math.Max(end, pad)));
        int size = known.Vocabulary ?? least;
        return size < least || size > TokenizerModel.MostIds || Math.Min(begin, Math.Min(end, pad)) < 0
            ? throw new JsonException($"it has ids 0 to {least - 1} with its special ones, the model has {size} ids")
            : new PublishedTokenizer(all, new TokenizerIds(begin, end, pad, size));
    }

    private static int? Named(TokenizerModel model, string? content, string name) => content is null
        ? null
        : model.Find(content) ?? throw new JsonException($"{name} is {Quote.Of(content)}, which is no token of it");

    private static int? Common(TokenizerModel model, string[] names) =>
        model.Added.FirstOrDefault(token => token.IsSpecial && names.Contains(token.Content))?.Id;
}
