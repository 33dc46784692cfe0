using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>The table of tuned products is read, or refused in a line that says to delete it.</summary>
public sealed class ProductTuningTests
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"a\":null}")]
    [InlineData("{\"a\":3}")]
    [InlineData("{\"a\":\"3\"}")]
    [InlineData("{\"a\":\"Round\"}")]
    [InlineData("{\"a\":\"Rows32, Rows16\"}")]
    [InlineData("{\"\\ud800\":\"Rows32\"}")]
    [InlineData("{\"a\":\"Rows32\",\"a\":\"Rows16\"}")]
    public void What_is_no_table_is_refused(string text)
    {
        using TemporaryFolder folder = new();
        string line = Assert.Throws<CalmException>(() => ProductTuning.Read(folder.Write("table.json", text))).Message;
        Assert.Contains("delete it and tune again", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void A_table_is_read_and_none_is_empty()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(ProductForm.Rows32, ProductTuning.Read(folder.Write("table.json", "{\"a\":\"Rows32\"}"))["a"]);
        Assert.Empty(ProductTuning.Read(folder["none.json"]));
    }
}
