using System.CommandLine;

namespace Calm.Cli;

/// <summary>The options of a look at an autoencoder's latents.</summary>
/// <param name="Patches">Held-out patches to look at; 0 for all.</param>
/// <param name="Threshold">Divergence above which a dimension counts as used, in nats.</param>
/// <param name="Like">Texts whose first patch's neighbours are found.</param>
/// <param name="Samples">Number of held-out patches whose neighbours are found.</param>
/// <param name="Neighbours">Number of neighbours of each.</param>
/// <param name="Seed">Seed for the choice of held-out patches.</param>
/// <param name="Picture">The file for a chart; null for none.</param>
internal sealed record LatentRequest(
    long Patches, double Threshold, string[] Like, int Samples, int Neighbours, ulong Seed, string? Picture);

/// <summary>The options for the inspection of latents.</summary>
internal sealed class LatentOptions
{
    private readonly Option<long> _patches = new("--patches")
    {
        Description = "Held-out patches to look at; 0 for all",
        DefaultValueFactory = _ => 4096,
    };

    private readonly Option<double> _threshold = new("--threshold")
    {
        Description = "KL divergence above which a dimension counts, in nats",
        DefaultValueFactory = _ => 0.01,
    };

    private readonly Option<string[]> _like = new("--like")
    {
        Description = "Text whose first patch's neighbours are found; may be repeated",
    };

    private readonly Option<int> _samples = new("--samples")
    {
        Description = "Held-out patches whose neighbours are found",
        DefaultValueFactory = _ => 6,
    };

    private readonly Option<int> _neighbours = new("--neighbours")
    {
        Description = "Neighbours of each",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Which patches --samples takes",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _picture = new("--svg") { Description = "Draw the latents into this SVG file" };
    private readonly Option[] _all;

    /// <summary>Adds the options to a command.</summary>
    public LatentOptions(Command command)
    {
        _all = [_patches, _threshold, _like, _samples, _neighbours, _seed, _picture];
        Array.ForEach(_all, command.Options.Add);
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    /// <exception cref="Calm.Runtime.CalmException">The picture cannot be written.</exception>
    public LatentRequest Read(ParseResult parsed)
    {
        OutputFile.Require(parsed.GetValue(_picture));
        return new(
            parsed.AtLeast(_patches, 0), parsed.AtLeast(_threshold, 0), parsed.GetValue(_like) ?? [],
            parsed.AtLeast(_samples, 0), parsed.AtLeast(_neighbours, 1), parsed.GetValue(_seed), parsed.GetValue(_picture));
    }

    /// <summary>Refuses these options for runs without latents.</summary>
    /// <exception cref="UsageException">One was given.</exception>
    public void RefuseFor(ParseResult parsed, string why) =>
        parsed.Refuse($"{why}; latents are those of an autoencoder's run", _all);
}
