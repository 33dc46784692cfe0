using System.Buffers;
using System.Text;
using System.Xml;

namespace Calm.Training;

/// <summary>Turns the markup of a documentation comment into plain paragraphs.</summary>
internal sealed class DocText
{
    private static readonly SearchValues<char> Letters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private readonly StringBuilder _text = new();
    private readonly List<string> _paragraphs;
    private int? _codeStart;

    private DocText(List<string> paragraphs) => _paragraphs = paragraphs;

    /// <summary>Appends the paragraphs of a member's summary, parameters, result and remarks.</summary>
    public static void AddParagraphs(XmlReader member, List<string> paragraphs)
    {
        DocText text = new(paragraphs);
        while (member.Read())
        {
            text.Add(member);
        }

        text.EndParagraph();
    }

    // Exceptions are the same few sentences everywhere, examples are programs, the rest is for tools.
    private static bool IsLeftOut(string element) =>
        element is "exception" or "example" or "seealso" or "inheritdoc" or "devremarks" or "forInternalUseOnly"
            or "script";

    private static bool IsParagraph(string element) =>
        element is "summary" or "remarks" or "returns" or "value" or "param" or "typeparam" or "para" or "p" or "br"
            or "div" or "list" or "listheader" or "item" or "ul" or "ol" or "li";

    private void Add(XmlReader node)
    {
        switch (node.NodeType)
        {
            case XmlNodeType.Element when IsLeftOut(node.Name):
                SkipContents(node);
                break;
            case XmlNodeType.Element or XmlNodeType.EndElement when IsParagraph(node.Name):
                EndParagraph();
                break;
            case XmlNodeType.Element or XmlNodeType.EndElement when node.Name == "code" && !node.IsEmptyElement:
                StartOrEndCode(node.NodeType == XmlNodeType.Element);
                break;
            case XmlNodeType.Element when node.Name == "description" && _text.Length > 0:
                _text.Append(": ");
                break;
            case XmlNodeType.Element when node.IsEmptyElement || node.Name == "xref":
                _text.Append(Reference(node));
                break;
            case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                AddText(node.Value);
                break;
            default:
                break;
        }
    }

    // A line of code is a word of its sentence; several lines are a program and are left out.
    private void StartOrEndCode(bool isStart)
    {
        if (isStart)
        {
            _codeStart = _text.Length;
        }
        else if (_codeStart is { } start)
        {
            if (_text.ToString(start, _text.Length - start).Contains('\n', StringComparison.Ordinal))
            {
                _text.Length = start;
            }

            _codeStart = null;
        }
    }

    /// <summary>The text of an empty element, such as a reference.</summary>
    private static string Reference(XmlReader element)
    {
        string? id = element.GetAttribute("cref") ?? element.GetAttribute("uid");
        return id is null
            ? element.GetAttribute("langword") ?? element.GetAttribute("name") ?? ""
            : DocId.ShortName(id);
    }

    /// <summary>Appends text with its white space collapsed; an empty line ends a paragraph.</summary>
    private void AddText(string value)
    {
        if (_codeStart is not null)
        {
            _text.Append(value);
            return;
        }

        int lineEnds = 0;
        foreach (char character in value)
        {
            if (!char.IsWhiteSpace(character))
            {
                lineEnds = 0;
                _text.Append(character);
                continue;
            }

            lineEnds += character == '\n' ? 1 : 0;
            if (lineEnds > 1)
            {
                EndParagraph();
            }
            else if (_text.Length > 0 && _text[^1] != ' ')
            {
                _text.Append(' ');
            }
        }
    }

    private void EndParagraph()
    {
        string paragraph = _text.ToString().Trim();
        _text.Clear();
        _codeStart = null;
        if (IsProse(paragraph))
        {
            _paragraphs.Add(paragraph);
        }
    }

    /// <summary>
    /// Whether at least half of the words, and at least three, are plain words. Documentation of processor instructions
    /// is mostly signatures and mnemonics, and that of enumerations single names.
    /// </summary>
    private static bool IsProse(ReadOnlySpan<char> paragraph)
    {
        const int leastPlain = 3;
        int words = 0;
        int plain = 0;
        foreach (Range range in paragraph.Split(' '))
        {
            ReadOnlySpan<char> word = paragraph[range].Trim(".,:;!?()\"'");
            words++;
            plain += !word.ContainsAnyExcept(Letters) && word.ContainsAnyInRange('a', 'z') ? 1 : 0;
        }

        return plain >= leastPlain && 2 * plain >= words;
    }

    // Leaves the reader on the end, so that the next Read goes on after it.
    private static void SkipContents(XmlReader element)
    {
        if (!element.IsEmptyElement)
        {
            using XmlReader contents = element.ReadSubtree();
            while (contents.Read())
            {
            }
        }
    }
}
