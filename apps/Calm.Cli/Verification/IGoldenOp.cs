namespace Calm.Cli;

/// <summary>How one kind of fixture is run; found by this interface, registered nowhere.</summary>
internal interface IGoldenOp
{
    /// <summary>The manifest's name for it.</summary>
    string Op { get; }

    /// <summary>Computes what the fixture expects and compares all of it.</summary>
    void Run(GoldenCheck check);
}
