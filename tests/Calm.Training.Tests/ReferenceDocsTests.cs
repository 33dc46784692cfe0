using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class ReferenceDocsTests
{
    private const string Core = "packs/Microsoft.NETCore.App.Ref";
    private const string Web = "packs/Microsoft.AspNetCore.App.Ref";

    [Fact]
    public void Markup_becomes_plain_sentences()
    {
        Assert.Equal(
            [
                "Formats a String of the Dictionary by Format, or null.",
                "Second paragraph with x < y && inline code here.",
                "The value to be used.",
                "A new List class instance.",
                "First term of it: what it means here.",
                "Blank lines end a paragraph too.",
                "This is the next one then.",
            ],
            Lines("""
                <member name="M:A.B.C(System.Int32)"><summary>
                    Formats a <see cref="T:System.String" /> of the
                    <paramref name="Dictionary"/>  by <see cref="M:System.String.Format(System.String,System.Object[])"/>,
                    or <see langword="null"/>.
                    <para>Second paragraph with x &lt; y &amp;&amp; <code>inline code</code> here.
                    <code>
                    program();
                    </code></para></summary>
                <param name="value">The <c>value</c> to be used.</param>
                <exception cref="T:System.Exception">This sentence is left out here.</exception>
                <returns>A new <see cref="M:System.Collections.Generic.List`1.#ctor"/> class instance.</returns>
                <example>This sentence is left out too, like programs.</example>
                <remarks><list type="bullet"><item><term>First term of it</term><description>what it means here.</description></item></list>
                Blank lines end a paragraph too.

                This is the next one then.</remarks></member>
                """));
    }

    [Fact]
    public void What_is_no_sentence_is_left_out() =>
        Assert.Equal(["This is a whole sentence."], Lines("""
            <member name="M:A.B.C"><summary><para>__m128i _mm_add_epi8 (__m128i a, __m128i b)</para>
            <para>PADDB xmm1, xmm2</para><para>Value</para><para>This is a whole sentence.</para></summary></member>
            """));

    [Fact]
    public void A_type_and_its_members_are_one_document_and_no_paragraph_comes_twice()
    {
        using TemporaryFolder folder = new();
        Pack(folder, $"{Core}/10.0.1/ref/net10.0/B.xml", """
            <member name="T:N.One"><summary>The first of the types.</summary></member>
            <member name="M:N.One.Go(System.String)"><summary>Goes to the end.</summary></member>
            <member name="T:N.Two`1"><summary>The second of the types.</summary></member>
            <member name="P:N.Two`1.Length"><summary>Goes to the end.</summary></member>
            <member name="T:N.Three"><summary>The first of the types.</summary></member>
            """);
        Pack(folder, $"{Core}/10.0.1/ref/net10.0/A.xml", """
            <member name="T:M.Zero"><summary>Stands in the first file.</summary></member>
            """);
        Document[] documents = [.. ReferenceDocs.Documents(ReferencePacks.Find([folder.Root]))];
        Assert.Equal(["M.Zero", "N.One", "N.Two`1"], documents.Select(document => document.Name));
        Assert.Equal(
            ["Stands in the first file.\n", "The first of the types.\nGoes to the end.\n", "The second of the types.\n"],
            documents.Select(document => Encoding.UTF8.GetString(document.Text.Span)));
    }

    [Fact]
    public void The_newest_version_of_each_pack_is_read_and_a_file_in_both_once()
    {
        using TemporaryFolder folder = new();
        string[] written =
        [
            .. new[]
            {
                $"{Core}/9.0.12/ref/net9.0/A.xml", $"{Core}/10.0.2/ref/net10.0/A.xml", $"{Core}/10.0.2/ref/net9.0/A.xml",
                $"{Core}/10.0.2-rc.1/ref/net10.0/A.xml", $"{Web}/8.0.0/ref/net8.0/A.xml", $"{Web}/8.0.0/ref/net8.0/0.xml",
            }.Select(path => Pack(folder, path, "")),
        ];
        Assert.Equal([written[5], written[1]], ReferencePacks.Find([folder["nothing here"], folder.Root]));
    }

    [Fact]
    public void Without_packs_the_message_names_the_option()
    {
        using TemporaryFolder folder = new();
        CalmException failure = Assert.Throws<CalmException>(() => ReferencePacks.Find([folder.Root]));
        Assert.Contains("give text of your own", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void A_damaged_file_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.xml", "<doc>\n<member name='T:A'>\n<summary></doc>");
        CalmException failure = Assert.Throws<CalmException>(() => ReferenceDocs.Documents([path]));
        Assert.StartsWith($"{path}, line 3: not well-formed XML", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_line_of_a_held_out_document_is_in_the_training_part()
    {
        using TemporaryFolder folder = new();
        IReadOnlyList<string> files;
        try
        {
            files = ReferencePacks.Find();
        }
        catch (CalmException)
        {
            files = [Pack(folder, "a.xml", string.Concat(Enumerable.Range(0, 100).Select(type => $"""
                <member name="T:N.Type{type}"><summary>The summary of type number {type % 90}.</summary></member>
                <member name="M:N.Type{type}.Go"><summary>Goes to the end.</summary></member>
                """)))];
        }

        List<Document> documents = ReferenceDocs.Documents(files);
        DocumentSplit split = new(documents);
        Assert.InRange(split.HeldOut.Count(), 1, documents.Count / 10);
        Assert.False(DocumentSplit.SharesText(split.Train, split.HeldOut, out string line), line);
    }

    private static string[] Lines(string members)
    {
        using TemporaryFolder folder = new();
        string path = Pack(folder, "a.xml", members);
        return Encoding.UTF8.GetString(ReferenceDocs.Documents([path]).Single().Text.Span).TrimEnd('\n').Split('\n');
    }

    private static string Pack(TemporaryFolder folder, string path, string members) =>
        folder.Write(path, $"<?xml version=\"1.0\"?><doc><assembly><name>A</name></assembly><members>{members}</members></doc>");
}
