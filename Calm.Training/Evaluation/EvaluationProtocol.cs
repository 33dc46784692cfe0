namespace Calm.Training;

/// <summary>All that a score depends on: two scores can be compared if their protocols are alike but for the model.</summary>
/// <param name="Text">Name of the text.</param>
/// <param name="TextSha256">SHA-256 of its documents' bytes; null for the held-out part of a run's text.</param>
/// <param name="TokensSha256">SHA-256 of the tokenised text, as its file holds it.</param>
/// <param name="Documents">Documents of the text.</param>
/// <param name="Tokens">Tokens of the text.</param>
/// <param name="Layout">Tokens around documents: ended (end of text and padding to patches) or begun (as published).</param>
/// <param name="Tokenizer">SHA-256 of the tokenizer.</param>
/// <param name="PatchSize">Tokens of a patch, K; 1 for a discrete model on a text without patches.</param>
/// <param name="ContextTokens">Tokens of a window; each is predicted from those before it in its window.</param>
/// <param name="Contexts">Windows of that many tokens that were read.</param>
/// <param name="Estimator">The estimator of BrierLM: clamped or published.</param>
/// <param name="Draws">Draws at each position; null for a discrete model, whose hits are exact.</param>
/// <param name="Seed">Seed of the draws.</param>
/// <param name="Weights">SHA-256 of the model's weights.</param>
/// <param name="Device">The device, which decides the last bits.</param>
/// <param name="Version">The version of this program.</param>
internal sealed record EvaluationProtocol(
    string Text, string? TextSha256, string TokensSha256, long Documents, long Tokens, string Layout, string Tokenizer,
    int PatchSize, int ContextTokens, int Contexts, string Estimator, int? Draws, ulong Seed, string Weights, string Device,
    string Version)
{
    /// <summary>The protocol of a measurement.</summary>
    /// <param name="text">The text.</param>
    /// <param name="windows">Its windows.</param>
    /// <param name="estimator">The estimator.</param>
    /// <param name="draws">Draws at each position; null for a discrete model.</param>
    /// <param name="weights">The file of the weights.</param>
    /// <param name="device">The device.</param>
    public static EvaluationProtocol Of(
        MeasuredText text, HeldOutWindows windows, BrierEstimator estimator, int? draws, string weights, Runtime.Device device) =>
        new(
            text.Name, text.Sha256, FileHash.Of(text.Tokens.Path), text.Tokens.Documents, text.Tokens.Tokens,
            text.Layout.ToString().ToLowerInvariant(), text.Tokenizer.Hash, windows.PatchSize,
            windows.Patches * windows.PatchSize, windows.Count, estimator.ToString().ToLowerInvariant(), draws,
            CalmEvaluator.DefaultSeed, FileHash.Of(weights), $"{device.Name}, {device.Description}", ProgramVersion.Text);

    /// <summary>The protocol for people, in lines.</summary>
    public IEnumerable<string> Lines()
    {
        string around = Layout == "begun" ? "begin before each, patches run on" : "end of text after each, padded to patches";
        yield return $"text      {Text}{(TextSha256 is null ? "" : $", sha256 {TextSha256[..16]}")}";
        string documents = Readable.Count(Documents, "document");
        yield return $"          {documents}, {Tokens:N0} tokens (sha256 {TokensSha256[..16]}); {around}";
        yield return $"context   {Readable.Count(Contexts, "context")} of {ContextTokens:N0} tokens, patches of {PatchSize}";
        yield return $"estimator {Estimator}{(Draws is { } draws ? $", {draws} draws" : ", exact hits")}, seed {Seed}";
        yield return $"model     weights sha256 {Weights[..16]}, tokenizer {Tokenizer[..16]}; calm {Version} on {Device}";
    }
}
