using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The tokens around a document.</summary>
internal enum DocumentLayout
{
    /// <summary>The document, end of text, and padding to whole patches: what all models here learn from.</summary>
    Ended,

    /// <summary>Begin, and the document: the published code's sequence, in which patches do not begin with documents.</summary>
    Begun,
}

/// <summary>Turns documents into a <see cref="TokenFile"/>, in one pass and crash-safely.</summary>
internal sealed class TokenFileWriter
{
    private readonly Stream _stream;
    private readonly ITokenizer _tokenizer;
    private readonly int _patchSize;
    private readonly int _alignment;
    private readonly DocumentLayout _layout;
    private readonly List<long> _offsets = [0];

    private TokenFileWriter(Stream stream, ITokenizer tokenizer, int patchSize, int alignment, DocumentLayout layout)
    {
        _layout = layout;
        _stream = stream;
        _tokenizer = tokenizer;
        _patchSize = patchSize;
        _alignment = alignment;
    }

    /// <summary>Writes a token file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="documents">The text; read once, in order.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="patchSize">Documents are padded to a multiple of this number of tokens; 1 for no padding.</param>
    /// <param name="alignment">A larger multiple to pad to, itself a multiple of the patch size; 0 for none.</param>
    /// <param name="layout">The tokens around a document; begun ones take a patch size of 1.</param>
    /// <exception cref="SettingException">The patch size or the alignment is out of range.</exception>
    /// <exception cref="CalmException">There is no document, or the file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<Document> documents, ITokenizer tokenizer, int patchSize, int alignment = 0,
        DocumentLayout layout = DocumentLayout.Ended)
    {
        if (patchSize < 1)
        {
            throw new SettingException($"patch_size is {patchSize}, expected at least 1.");
        }

        if (alignment < 0 || alignment % patchSize != 0)
        {
            throw new SettingException($"alignment is {alignment}, expected a multiple of the patch size {patchSize}.");
        }

        SafeFile.Write(path, stream =>
        {
            TokenFileWriter writer = new(stream, tokenizer, patchSize, alignment == 0 ? patchSize : alignment, layout);
            writer.WriteAll(documents);
            if (writer._offsets.Count == 1)
            {
                throw new CalmException($"{path}: there is no text to make it from; give some.");
            }
        });
    }

    private void WriteAll(IEnumerable<Document> documents)
    {
        // The header is known at the end.
        _stream.Write(new byte[TokenFileHeader.ByteCount]);
        var batches = OrderedParallel.Batches(documents);
        foreach (List<List<int>> batch in OrderedParallel.Map(batches, Environment.ProcessorCount, EncodeBatch))
        {
            foreach (List<int> ids in batch)
            {
                _offsets.Add(_offsets[^1] + ids.Count);
                WriteIds(CollectionsMarshal.AsSpan(ids));
            }
        }

        TokenFileHeader header = new(
            _tokenizer.VocabularySize, _patchSize, _offsets.Count - 1, _offsets[^1], _tokenizer.Hash);
        _stream.Write(new byte[header.OffsetsStart - _stream.Position]);
        _stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_offsets)));
        _stream.Position = 0;
        _stream.Write(header.ToBytes());
    }

    private List<List<int>> EncodeBatch(List<Document> batch) => [.. batch.Select(Encode)];

    private List<int> Encode(Document document)
    {
        if (_layout == DocumentLayout.Begun)
        {
            List<int> begun = [_tokenizer.Begin];
            Encode(document, _tokenizer, begun);
            return begun;
        }

        List<int> ids = [];
        Encode(document, _tokenizer, ids);
        ids.Add(_tokenizer.EndOfText);
        while (ids.Count % _alignment != 0)
        {
            ids.Add(_tokenizer.Pad);
        }

        return ids;
    }

    /// <summary>Appends the ids of a document, which may be ids already.</summary>
    /// <exception cref="CalmException">Its ids are not those of the tokenizer.</exception>
    internal static void Encode(Document document, ITokenizer tokenizer, List<int> ids)
    {
        if (!document.IsIds)
        {
            try
            {
                tokenizer.Encode(document.Text.Span, ids);
                return;
            }
            catch (CalmException failure)
            {
                throw new CalmException($"{document.Name}: {failure.Message}", failure);
            }
        }

        ReadOnlySpan<int> given = MemoryMarshal.Cast<byte, int>(document.Text.Span);
        foreach (int id in given)
        {
            if ((uint)id >= (uint)tokenizer.VocabularySize)
            {
                throw new CalmException(
                    $"{document.Name}: holds id {id}, and the tokenizer has {tokenizer.VocabularySize} ids; "
                    + "give the tokenizer that made it.");
            }
        }

        ids.AddRange(given);
    }

    private void WriteIds(ReadOnlySpan<int> ids)
    {
        if (_tokenizer.VocabularySize > 1 << 16)
        {
            _stream.Write(MemoryMarshal.AsBytes(ids));
            return;
        }

        Span<ushort> narrow = stackalloc ushort[1024];
        while (!ids.IsEmpty)
        {
            int count = Math.Min(ids.Length, narrow.Length);
            for (int i = 0; i < count; i++)
            {
                narrow[i] = (ushort)ids[i];
            }

            _stream.Write(MemoryMarshal.AsBytes(narrow[..count]));
            ids = ids[count..];
        }
    }
}
