namespace Calm.Training;

/// <summary>
/// The held-out text as consecutive windows, and the document of each patch. With a limit, windows are taken
/// at equal distances over the whole text; the choice is always the same.
/// </summary>
/// <remarks>
/// Bootstrap intervals resample documents, which are independent. A text of few documents, such as a book or a series,
/// is cut into pieces of consecutive patches instead, a block bootstrap: docs/brier.md.
/// </remarks>
internal sealed class HeldOutWindows
{
    private const double PiecesOfText = 20;

    private readonly TokenFile _file;
    private readonly int _patchSize;
    private readonly long _stride;
    private readonly long[] _documentEnds;

    /// <summary>Windows over a token file.</summary>
    /// <param name="file">The held-out text.</param>
    /// <param name="contextPatches">Patches of a window; fewer if the text is shorter.</param>
    /// <param name="mostPatches">Patches to look at in all; 0 for every one.</param>
    /// <param name="patchSize">Tokens of a patch; null for the file's.</param>
    public HeldOutWindows(TokenFile file, int contextPatches, long mostPatches, int? patchSize = null)
    {
        _file = file;
        _patchSize = patchSize ?? file.PatchSize;
        long patches = file.Tokens / _patchSize;
        Patches = (int)Math.Min(contextPatches, patches);
        long windows = patches / Patches;
        Count = (int)Math.Max(1, mostPatches == 0 ? windows : Math.Min(windows, mostPatches / Patches));
        _stride = windows / Count * Patches;
        _documentEnds = new long[file.Documents];
        for (long document = 0; document < file.Documents; document++)
        {
            (long start, int length) = file.Document(document);
            _documentEnds[document] = start + length;
        }

        double scored = (double)Count * Patches;
        PiecePatches = file.Documents >= BrierTotals.FewUnits
            ? null
            : (int)Math.Ceiling(Math.Max(scored / PiecesOfText, Math.Cbrt(scored)));
    }

    /// <summary>Number of windows.</summary>
    public int Count { get; }

    /// <summary>Patches of a window.</summary>
    public int Patches { get; }

    /// <summary>Tokens of a patch.</summary>
    public int PatchSize => _patchSize;

    /// <summary>
    /// Patches of a piece that intervals draw again: a twentieth of those looked at, or the cube root of their number where
    /// that is more (Hall, Horowitz and Jing 1995, "On blocking rules for the bootstrap with dependent data"). Null where there
    /// are enough documents to draw these.
    /// </summary>
    public int? PiecePatches { get; }

    /// <summary>Tokens of windows <paramref name="first"/> and those after it.</summary>
    public int[] Read(int first, int count)
    {
        int length = Patches * _patchSize;
        int[] ids = new int[count * length];
        for (int i = 0; i < count; i++)
        {
            _file.Read(Start(first + i), ids.AsSpan(i * length, length));
        }

        return ids;
    }

    /// <summary>The bootstrap unit of a patch: its document, or a piece of it.</summary>
    public (long Document, long Piece) Unit(int window, int patch)
    {
        int found = Array.BinarySearch(_documentEnds, Start(window) + (long)patch * _patchSize);
        long document = found >= 0 ? found + 1 : ~found;
        return (document, PiecePatches is { } length ? ((long)window * Patches + patch) / length : 0);
    }

    private long Start(int window) => window * _stride * _patchSize;
}
