namespace Calm.Training;

/// <summary>The ways to choose a patch among draws at a temperature. All need draws only, no probabilities.</summary>
public enum Sampler
{
    /// <summary>Any temperature in (0, 1], with exactly its law, by as many draws as that takes.</summary>
    Exact,

    /// <summary>Temperature 1/n from a fixed number of draws: n draws that agree. This is the published approximation.</summary>
    Batch,

    /// <summary>The same law as <see cref="Batch"/> from fewer draws.</summary>
    Lazy,
}
