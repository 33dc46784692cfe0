namespace Calm.Bench;

/// <summary>Something that both sides of a comparison can run.</summary>
internal interface IPeerItem : IDisposable
{
    /// <summary>Times are given for one of so many.</summary>
    int Units => 1;

    /// <summary>Prepares a run; not timed.</summary>
    void Prepare();

    /// <summary>The timed run.</summary>
    void Run();
}

/// <summary>The same on inputs that both sides make of hashes.</summary>
internal interface IPeerCheck : IDisposable
{
    /// <summary>Everything that came out.</summary>
    IEnumerable<PeerResult> Results();
}

/// <summary>A tensor in two numbers, in which the other side's must agree.</summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="Projection">Its product with the hashed tensor <c>projection</c>.</param>
/// <param name="Norm">Its Euclidean norm, the scale for differences of projections.</param>
internal readonly record struct PeerResult(string Name, double Projection, double Norm)
{
    /// <summary>The two numbers of a tensor.</summary>
    public static PeerResult Of(string name, ReadOnlySpan<float> values)
    {
        double projection = 0;
        double squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            projection += (double)values[i] * HashedData.Projection(i);
            squares += (double)values[i] * values[i];
        }

        return new PeerResult(name, projection, Math.Sqrt(squares));
    }

    /// <summary>A number that is compared as it is.</summary>
    public static PeerResult Of(string name, double value) => new(name, value, Math.Abs(value));
}
