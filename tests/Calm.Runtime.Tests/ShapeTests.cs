namespace Calm.Runtime.Tests;

public sealed class ShapeTests
{
    [Fact]
    public void Sizes_counts_and_text()
    {
        Shape shape = new(2, 3, 5);
        Assert.Equal(30, shape.Count);
        Assert.Equal(6, shape.Rows);
        Assert.Equal(5, shape.Columns);
        Assert.Equal(5, shape[^1]);
        Assert.Equal("[2, 3, 5]", shape.ToString());
        Assert.Equal(new Shape(2, 3, 7), shape.WithColumns(7));
        Assert.NotEqual(new Shape(2, 15), shape);
        Assert.Equal(1, new Shape().Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => shape[3]);
        Assert.Throws<ArgumentException>(() => new Shape(1, -1));
        Assert.Contains(
            "more than 2^63", Assert.Throws<ArgumentException>(() => new Shape(1 << 30, 1 << 30, 1 << 30)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, new Shape(1 << 30, 1 << 30, 0).Count);
    }
}
