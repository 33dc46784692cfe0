namespace Calm.Runtime.Tests;

public sealed class FreeSpaceTests
{
    [Fact]
    public void Pieces_fill_the_first_gap_and_join_when_they_come_back()
    {
        using HostDevice host = new(1);
        using Storage block = host.Allocate(1024);
        FreeSpace space = new(block);
        Assert.Equal(0, Take(space, 256));
        Assert.Equal(256, Take(space, 256));
        Assert.Equal(512, Take(space, 256));
        space.Give(0, 256);
        space.Give(512, 256);
        Assert.Equal(512, Take(space, 512));
        Assert.Equal(0, Take(space, 64));
        space.Give(256, 256);
        Assert.Equal(64, Take(space, 448));
        Assert.False(space.TryTake(64, out _));
        Assert.Equal(1024, space.Reached);
    }

    /// <summary>No two pieces overlap, and when all are back the whole is one piece.</summary>
    [Fact]
    public void Random_pieces_never_overlap()
    {
        using HostDevice host = new(1);
        using Storage block = host.Allocate(1 << 16);
        FreeSpace space = new(block);
        List<(long Start, long Bytes)> taken = [];
        Random random = new(1);
        for (int i = 0; i < 5000; i++)
        {
            long bytes = 64 * random.Next(1, 40);
            if (random.Next(2) == 0 && space.TryTake(bytes, out long start))
            {
                Assert.DoesNotContain(taken, t => start < t.Start + t.Bytes && t.Start < start + bytes);
                taken.Add((start, bytes));
            }
            else if (taken.Count > 0)
            {
                int piece = random.Next(taken.Count);
                space.Give(taken[piece].Start, taken[piece].Bytes);
                taken.RemoveAt(piece);
            }
        }

        taken.ForEach(piece => space.Give(piece.Start, piece.Bytes));
        Assert.Equal(0, Take(space, 1 << 16));
    }

    private static long Take(FreeSpace space, long bytes)
    {
        Assert.True(space.TryTake(bytes, out long start));
        return start;
    }
}
