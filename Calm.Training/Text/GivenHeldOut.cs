using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Calm.Training;

/// <summary>Held-out documents that were given. Copies of them are not learnt from.</summary>
internal sealed class GivenHeldOut : IHeldOut
{
    private readonly HashSet<UInt128> _known = [];

    /// <summary>Reads the documents once.</summary>
    /// <param name="documents">Documents that can be read again.</param>
    public GivenHeldOut(IEnumerable<Document> documents)
    {
        HeldOut = documents;
        _known.UnionWith(documents.Select(Hash));
    }

    /// <inheritdoc/>
    public IEnumerable<Document> HeldOut { get; }

    /// <inheritdoc/>
    public IEnumerable<Document> TrainOf(IEnumerable<Document> documents) => documents.Where(document => !IsCopy(document));

    /// <summary>Whether a document is held out.</summary>
    public bool IsCopy(Document document) => _known.Contains(Hash(document));

    /// <summary>128 bits of a document's SHA-256.</summary>
    internal static UInt128 Hash(Document document)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(document.Text.Span, digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }
}
