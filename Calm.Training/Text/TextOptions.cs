namespace Calm.Training;

/// <summary>The ids of a tokenizer, as much as a file of them can be checked against.</summary>
/// <param name="VocabularySize">Ids are below.</param>
/// <param name="EndOfText">The id between documents.</param>
public sealed record IdRange(int VocabularySize, int EndOfText);

/// <summary>Choices in reading text.</summary>
public sealed record TextOptions
{
    /// <summary>The file name that stands for standard input.</summary>
    public const string StandardInputPath = "-";

    /// <summary>The field or column that is a document, in files with several. <c>a.b</c> is b in the object a.</summary>
    public string Field { get; init; } = "text";

    /// <summary>The tokenizer whose ids .bin files hold; null if none is known, and such files are refused.</summary>
    public IdRange? Ids { get; init; }

    /// <summary>Receives the share that has been read, from 0 again each time that the documents are read.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>The file that keeps what came from standard input, since text is read more than once; null for none.</summary>
    public string? StandardInput { get; init; }
}
