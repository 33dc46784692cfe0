namespace Calm.Training;

/// <summary>Weights of a head by how often they are applied to a position, 2 FLOPs each: docs/heads.md.</summary>
/// <param name="Weights">All of them.</param>
/// <param name="PerPosition">Applied once, for any number of draws.</param>
/// <param name="PerCondition">Applied once for each time input of the net, which all draws share in sampling.</param>
/// <param name="PerDraw">Applied to every draw.</param>
/// <param name="Evaluations">Evaluations of the net that a draw takes.</param>
internal readonly record struct HeadCost(
    double Weights, double PerPosition, double PerCondition, double PerDraw, int Evaluations)
{
    /// <summary>The head of a configuration.</summary>
    public static HeadCost Of(CalmConfig c) => c.Head switch
    {
        HeadKind.Diffusion => Denoising(c, 2 * c.LatentSize, DiffusionHead.SamplingSteps),
        HeadKind.Flow => Denoising(c, c.LatentSize, FlowHead.Evaluations),
        _ => Energy(c),
    };

    /// <summary>
    /// The same as this program runs it: an energy head computes its part of the hidden state once for all draws.
    /// </summary>
    public static HeadCost AsRun(CalmConfig c)
    {
        HeadCost head = Of(c);
        double shared = (1.0 + c.NumMlpLayers) * c.HiddenSize * c.HiddenSize;
        return c.Head == HeadKind.Energy ? head with { PerPosition = shared, PerDraw = head.PerDraw - shared } : head;
    }

    /// <summary>Weights applied to a position in training, where each draw has a time of its own.</summary>
    public double Training(int draws) => PerPosition + draws * (PerCondition + PerDraw);

    /// <summary>Weights applied to a position to draw from it.</summary>
    public double Drawing(int draws) => PerPosition + Evaluations * (PerCondition + draws * PerDraw);

    /// <summary>All weights once per draw, as in the paper's table.</summary>
    private static HeadCost Energy(CalmConfig c)
    {
        double square = (double)c.HiddenSize * c.HiddenSize;
        double embeddings = (double)c.NoiseSize * c.HiddenSize + square;
        double weights = embeddings + c.NumMlpLayers * 6 * square + square + (double)c.HiddenSize * c.LatentSize;
        return new HeadCost(weights, 0, 0, weights, 1);
    }

    private static HeadCost Denoising(CalmConfig c, int outputs, int evaluations)
    {
        double square = (double)c.HiddenSize * c.HiddenSize;
        double time = (double)TimeFeatures.Size * c.HiddenSize + square;
        double modulation = 3 * c.NumMlpLayers * square + 2 * square;
        double draw = (double)c.LatentSize * c.HiddenSize + 2 * c.NumMlpLayers * square + (double)c.HiddenSize * outputs;
        return new HeadCost(square + time + modulation + draw, square, time + modulation, draw, evaluations);
    }
}
