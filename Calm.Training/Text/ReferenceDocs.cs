using System.Text;
using System.Xml;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The documentation of the .NET libraries as plain English: about eight megabytes of technical prose, installed with
/// every .NET SDK. A document covers one type and its members, with one paragraph per line.
/// </summary>
/// <remarks>
/// Many paragraphs repeat word for word. Only the first occurrence is kept, so no paragraph of a
/// held-out document occurs in the training part.
/// </remarks>
internal static class ReferenceDocs
{
    /// <summary>The documents of this machine's SDK.</summary>
    /// <exception cref="CalmException">There is no SDK.</exception>
    public static List<Document> Documents() => Documents(ReferencePacks.Find());

    /// <summary>The documents of these files, in their order.</summary>
    public static List<Document> Documents(IReadOnlyList<string> files)
    {
        List<Document> documents = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        StringBuilder text = new();
        foreach ((string type, List<string> paragraphs) in InOrder(files))
        {
            foreach (string paragraph in paragraphs.Where(seen.Add))
            {
                text.Append(paragraph).Append('\n');
            }

            if (text.Length > 0)
            {
                documents.Add(new Document(type, Encoding.UTF8.GetBytes(text.ToString())));
                text.Clear();
            }
        }

        return documents;
    }

    private static IEnumerable<(string Type, List<string> Paragraphs)> InOrder(IReadOnlyList<string> files) =>
        OrderedParallel.Map(files, Environment.ProcessorCount, Types).SelectMany(types => types);

    /// <summary>The paragraphs of each type of a file, in which the members of a type are adjacent.</summary>
    private static List<(string Type, List<string> Paragraphs)> Types(string file)
    {
        List<(string Type, List<string> Paragraphs)> types = [];
        try
        {
            using XmlReader xml = XmlReader.Create(file);
            while (xml.ReadToFollowing("member"))
            {
                string type = DocId.DeclaringType(xml.GetAttribute("name") ?? "");
                if (types.Count == 0 || types[^1].Type != type)
                {
                    types.Add((type, []));
                }

                using XmlReader member = xml.ReadSubtree();
                DocText.AddParagraphs(member, types[^1].Paragraphs);
            }
        }
        catch (XmlException failure)
        {
            throw new CalmException(
                $"{file}, line {failure.LineNumber}: not well-formed XML; "
                + "repair the SDK, or give text of your own.",
                failure);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(file, failure);
        }

        return types;
    }
}
