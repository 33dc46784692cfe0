namespace Calm.Training;

/// <summary>How a language model draws the next latent.</summary>
public enum HeadKind
{
    /// <summary>In one step, trained by the energy score: <see cref="EnergyHead"/>.</summary>
    Energy,

    /// <summary>By taking noise away in a hundred steps: <see cref="DiffusionHead"/>.</summary>
    Diffusion,

    /// <summary>By following a velocity from noise in twenty evaluations: <see cref="FlowHead"/>.</summary>
    Flow,
}

/// <summary>How <see cref="FlowHead"/> follows its velocity; both evaluate it twenty times.</summary>
public enum FlowSolver
{
    /// <summary>Ten steps along the velocity at their middle.</summary>
    Midpoint,

    /// <summary>Twenty steps along the velocity at their start.</summary>
    Euler,
}
