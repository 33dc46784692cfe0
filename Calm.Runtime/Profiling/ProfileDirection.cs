namespace Calm.Runtime;

/// <summary>What a profiled call was.</summary>
public enum ProfileDirection
{
    /// <summary>An op, also one of the optimiser.</summary>
    Forward,

    /// <summary>An op's step back.</summary>
    Backward,

    /// <summary>Values on their way between host and device.</summary>
    Transfer,
}
