using System.CommandLine;

namespace Calm.Cli;

/// <summary>The options for reading, mixing and holding out the text that <c>--data</c> names.</summary>
internal sealed class TextSourceOptions
{
    private const double HeldOut = 0.05;

    /// <summary>Description of the paths that text may have.</summary>
    public const string Paths =
        "Text: plain, JSON lines, a JSON array, Parquet, .bin of ids, each also in gzip or Zstandard; folders, globs, - for "
        + "standard input";

    private readonly Option<string> _field = new("--text-field")
    {
        Description = "Field of JSON objects, or column of Parquet files, that is the text; a.b is b in the object a",
        DefaultValueFactory = _ => "text",
    };

    private readonly Option<double[]> _weights = new("--weights")
    {
        Description = "Shares of the paths of --data in what is learnt, as 3 1: short ones are repeated, long ones cut",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> _validation = new("--validation")
    {
        Description = "Text to hold out; all of --data is learnt from then, without copies of documents of this",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly List<Option> _all;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="mixes">Whether the text may be mixed.</param>
    /// <param name="validates">Whether the held-out part may be given.</param>
    public TextSourceOptions(Command command, bool mixes = false, bool validates = false)
    {
        _all = [_field, .. mixes ? [_weights] : Array.Empty<Option>(), .. validates ? [_validation] : Array.Empty<Option>()];
        _all.ForEach(command.Options.Add);
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => _all;

    /// <summary>Refuses the options where they would have no effect.</summary>
    public void Refuse(ParseResult parsed, string why) => parsed.Refuse(why, _all);

    /// <summary>The documents of some paths.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="paths">The paths.</param>
    /// <param name="input">The text that came from standard input.</param>
    /// <param name="tokenizer">The tokenizer, if it is known, for files of ids.</param>
    /// <param name="progress">Receives the share that is read.</param>
    public TextSource Open(
        ParseResult parsed, string[] paths, StandardInput input, ITokenizer? tokenizer, IProgress<double>? progress) =>
        TextSource.Open(
            new TextOptions
            {
                Field = parsed.GetValue(_field) is { Length: > 0 } field
                    ? field
                    : throw new UsageException("--text-field '': must be the name of a field."),
                Ids = tokenizer is null ? null : new IdRange(tokenizer.VocabularySize, tokenizer.EndOfText),
                Progress = progress,
                StandardInput = input.Path,
            },
            paths);

    /// <summary>Splits, mixes and holds out what the paths name.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="paths">The paths of <c>--data</c>; none for the default text.</param>
    /// <param name="open">Reads the documents of some paths; of none, the default text.</param>
    /// <param name="remark">Receives lines about them.</param>
    public CorpusText Text(
        ParseResult parsed, string[] paths, Func<string[], IEnumerable<Document>> open, Action<string> remark)
    {
        double[] weights = Weights(parsed, paths);
        IEnumerable<Document> all = open(paths);
        IHeldOut heldOut;
        if (_all.Contains(_validation) && parsed.GetValue(_validation) is { Length: > 0 } validation)
        {
            GivenHeldOut given = new(open(validation));
            RemarkCopies(all.Count(given.IsCopy), remark);
            heldOut = given;
        }
        else
        {
            heldOut = new DocumentSplit(all, HeldOut);
        }

        if (weights.Length == 0)
        {
            return new CorpusText(heldOut.TrainOf(all), heldOut.HeldOut);
        }

        DocumentMixture mixture = new(
            [.. paths.Select((path, i) => new MixedSource(path, heldOut.TrainOf(open([path])), weights[i]))]);
        remark($"mixture: {string.Join(", ", mixture.Parts.Select(part =>
            $"{part.Name} {Readable.Amount(part.Bytes)}B ({Readable.Short(part.Times)} times)"))}.");
        return new CorpusText(mixture.Documents, heldOut.HeldOut);
    }

    /// <summary>All paths that are read.</summary>
    public IEnumerable<string> AllPaths(ParseResult parsed, string[] paths) =>
        paths.Concat((_all.Contains(_validation) ? parsed.GetValue(_validation) : null) ?? []);

    private double[] Weights(ParseResult parsed, string[] paths)
    {
        double[] weights = (_all.Contains(_weights) ? parsed.GetValue(_weights) : null) ?? [];
        if (weights.Length > 0 && weights.Length != paths.Length)
        {
            throw new UsageException(
                $"--weights: {Readable.Count(weights.Length, "number")} for {Readable.Count(paths.Length, "path")} of --data; "
                + "give one a path.");
        }

        return weights.All(weight => weight is > 0 and <= 1e9)
            ? weights
            : throw new UsageException("--weights: must be above 0 and at most 1e9; leave out a path that shall not be learnt.");
    }

    private static void RemarkCopies(int copies, Action<string> remark)
    {
        if (copies > 0)
        {
            string are = copies == 1 ? "is" : "are";
            remark($"validation: {Readable.Count(copies, "document")} of --data {are} in --validation too and left out of what "
                + "is learnt.");
        }
    }
}
