using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Splits documents into training and held-out parts by a hash of their text and a seed. The split does not depend on
/// their order, and copies of a document are always in the same part.
/// </summary>
/// <remarks>
/// If the held-out part would be less than one document, the tail of each document is held out instead, cut at the end of
/// a line. Neither part is ever empty.
/// </remarks>
internal sealed class DocumentSplit : IHeldOut
{
    private readonly IEnumerable<Document> _documents;
    private readonly double _fraction;
    private readonly ulong _seed;
    private readonly bool _cutsTails;
    private readonly ulong _threshold;

    /// <summary>Reads the documents once to find the split.</summary>
    /// <param name="documents">Documents that can be read again.</param>
    /// <param name="fraction">The part to hold out, between 0 and 1.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <exception cref="CalmException">There is too little text to split.</exception>
    public DocumentSplit(IEnumerable<Document> documents, double fraction = 0.05, ulong seed = 0)
    {
        if (fraction is not (> 0 and < 1))
        {
            throw new CalmException($"data: the held-out part is {fraction}, expected a number between 0 and 1.");
        }

        _documents = documents;
        _fraction = fraction;
        _seed = seed;
        ulong[] hashes = [.. documents.Select(HashOf).Distinct().Order()];
        _cutsTails = hashes.Length * Math.Min(fraction, 1 - fraction) < 1;
        if (!_cutsTails)
        {
            double limit = fraction * Math.Pow(2, 64);
            int heldOut = Math.Clamp(hashes.Count(hash => hash < limit), 1, hashes.Length - 1);
            _threshold = hashes[heldOut - 1];
        }
        else if (!HeldOut.Any() || !Train.Any())
        {
            throw new CalmException("data: the text is too short to hold a part of it out; give more.");
        }
    }

    /// <summary>The training part.</summary>
    public IEnumerable<Document> Train => TrainOf(_documents);

    /// <inheritdoc/>
    public IEnumerable<Document> TrainOf(IEnumerable<Document> documents) =>
        _cutsTails
            ? NotEmpty(documents, document => document.Text[..Cut(document)])
            : documents.Where(document => HashOf(document) > _threshold);

    /// <inheritdoc/>
    public IEnumerable<Document> HeldOut =>
        _cutsTails
            ? NotEmpty(_documents, document => document.Text[Cut(document)..])
            : _documents.Where(document => HashOf(document) <= _threshold);

    /// <summary>Whether a line that is not blank occurs in both parts.</summary>
    /// <param name="train">One part.</param>
    /// <param name="heldOut">The other.</param>
    /// <param name="line">The first such line.</param>
    public static bool SharesText(IEnumerable<Document> train, IEnumerable<Document> heldOut, out string line)
    {
        HashSet<string> known = [.. train.SelectMany(Lines)];
        line = heldOut.SelectMany(Lines).FirstOrDefault(known.Contains, "");
        return line.Length > 0;
    }

    private static IEnumerable<string> Lines(Document document) =>
        Encoding.Latin1.GetString(document.Text.Span)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IEnumerable<Document> NotEmpty(
        IEnumerable<Document> documents, Func<Document, ReadOnlyMemory<byte>> part) =>
        documents.Select(document => document with { Text = part(document) })
            .Where(document => !document.Text.IsEmpty);

    private ulong HashOf(Document document)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(document.Text.Span, digest);
        BinaryPrimitives.WriteUInt64LittleEndian(digest, BinaryPrimitives.ReadUInt64LittleEndian(digest) ^ _seed);
        SHA256.HashData(digest, digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }

    /// <summary>The start of the tail: after the end of a line, or of a character if the tail would otherwise double.</summary>
    private int Cut(Document document)
    {
        int length = document.Text.Length;
        return DocumentCut.Find(document, (int)(length * (1 - 2 * _fraction)), (int)(length * (1 - _fraction)));
    }
}
