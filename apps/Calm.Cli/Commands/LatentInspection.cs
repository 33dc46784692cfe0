using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The latents of an autoencoder's run: dimensions, perturbations and neighbours.</summary>
internal sealed class LatentInspection
{
    private const int DivergencesInLine = 12;

    // Deviations of the noise: 0, 0.1, ..., 1.
    private static readonly double[] Sigmas = [.. Enumerable.Range(0, 11).Select(i => i / 10.0)];

    private readonly ITokenizer _tokenizer;
    private readonly double _threshold;
    private readonly int _pool;
    private readonly IReadOnlyList<PatchNeighbours> _neighbours;

    private LatentInspection(
        AutoencoderConfig config, LatentReport latents, ITokenizer tokenizer, double threshold, int pool,
        IReadOnlyList<PatchNeighbours> neighbours)
    {
        Config = config;
        Latents = latents;
        _tokenizer = tokenizer;
        _threshold = threshold;
        _pool = pool;
        _neighbours = neighbours;
    }

    /// <summary>The autoencoder's shape and regularisers.</summary>
    public AutoencoderConfig Config { get; }

    /// <summary>The measurements.</summary>
    public LatentReport Latents { get; }

    /// <summary>Measures a run on its held-out text.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="text">Folder of its tokenized text, if that was moved; or null.</param>
    /// <param name="request">The options.</param>
    /// <param name="device">The device that runs it.</param>
    /// <param name="progress">Receives the share that is done.</param>
    public static LatentInspection Of(
        RunFolder folder, string? text, LatentRequest request, Device device, IProgress<double> progress)
    {
        Autoencoder model = PublishedCheckpoint.LoadAutoencoder(folder.LatestModel(), device);
        using Corpus corpus = folder.OpenText(text);
        ITokenizer tokenizer = corpus.Tokenizer;
        HeldOutWindows windows = new(corpus.HeldOut, 64, request.Patches);
        LatentReport latents = new AutoencoderEvaluator(model, device).Inspect(windows, Sigmas, progress);
        LatentNeighbours space = new(model, device, windows.Read(0, windows.Count));
        IEnumerable<int[]> given = request.Like.Select(like => FirstPatch(like, tokenizer, model.Config.PatchSize));
        IReadOnlyList<int[]> sampled = space.Sample(
            request.Samples, patch => patch.All(id => id < tokenizer.Begin), request.Seed);
        return new LatentInspection(
            model.Config, latents, tokenizer, request.Threshold, space.Count,
            [.. given.Concat(sampled).Select(patch => space.Of(patch, request.Neighbours))]);
    }

    /// <summary>The measurements as JSON, added to the facts about the run.</summary>
    public Dictionary<string, object?> Json(Dictionary<string, object?> run) => new(run)
    {
        ["latents"] = new
        {
            dimensions = Latents.Kl.Length,
            threshold = _threshold,
            aboveThreshold = Latents.AboveKl(_threshold),
            floor = Config.KlClamp,
            aboveFloor = Latents.AboveKl(Config.KlClamp),
            active = Latents.Active,
            leastVariance = LatentReport.LeastVariance,
            kl = Latents.Kl,
            klSum = Latents.Kl.Sum(),
            variance = Latents.Variance,
            perturbation = Latents.Perturbation.Select(p => new { sigma = p.Sigma, accuracy = p.Accuracy }),
            tokens = Latents.Tokens,
            distinctPatches = _pool,
        },
        ["neighbours"] = _neighbours.Select(entry => new
        {
            ids = entry.Ids,
            text = Text(entry.Ids),
            nearest = entry.Nearest.Select(near => new
            {
                ids = near.Ids,
                text = Text(near.Ids),
                distance = near.Distance,
                sharedTokens = near.SharedTokens,
            }),
        }),
    };

    /// <summary>Writes the measurements for people.</summary>
    public void Write(TextWriter writer)
    {
        writer.WriteLine(
            $"latents     {Latents.Kl.Length} dimensions; KL {Latents.Kl.Sum():F2} nats a patch; "
            + $"{Latents.AboveKl(_threshold)} above {_threshold} nats, "
            + $"{Latents.AboveKl(Config.KlClamp)} above the floor of {Config.KlClamp}; "
            + $"{Latents.Active} active (mean varies by more than {LatentReport.LeastVariance})");
        writer.WriteLine("KL of each dimension, nats, greatest first:");
        foreach (double[] line in Latents.Kl.OrderDescending().Chunk(DivergencesInLine))
        {
            writer.WriteLine(string.Concat(line.Select(kl => $"{kl,8:F3}")));
        }

        writer.WriteLine($"tokens that come back from the mean plus Gaussian noise ({Latents.Tokens:N0} held out):");
        writer.WriteLine($"{"sigma",-8}{string.Concat(Latents.Perturbation.Select(p => $"{p.Sigma,8:F1}"))}");
        writer.WriteLine($"{"%",-8}{string.Concat(Latents.Perturbation.Select(p => $"{100 * p.Accuracy,8:F2}"))}");
        WriteNeighbours(writer);
    }

    private void WriteNeighbours(TextWriter writer)
    {
        if (_neighbours.Count == 0)
        {
            return;
        }

        writer.WriteLine(
            $"nearest of {_pool:N0} distinct patches, by distance of the means; in brackets, tokens at the same place:");
        int width = _neighbours.SelectMany(entry => entry.Nearest.Select(near => near.Ids).Append(entry.Ids))
            .Max(ids => Text(ids).Length);
        foreach (PatchNeighbours entry in _neighbours)
        {
            writer.WriteLine(
                $"{Text(entry.Ids).PadRight(width)}  "
                + string.Join(
                    "  ",
                    entry.Nearest.Select(
                        near => $"{Text(near.Ids).PadRight(width)} {near.Distance,5:F2} ({near.SharedTokens})")));
        }
    }

    private static int[] FirstPatch(string text, ITokenizer tokenizer, int patchSize)
    {
        int[] ids = tokenizer.Encode(text);
        return ids.Length >= patchSize
            ? ids[..patchSize]
            : throw new UsageException($"--like \"{text}\": has {ids.Length} tokens, a patch has {patchSize}.");
    }

    private string Text(int[] ids) => PatchText.Of(ids, _tokenizer);
}
