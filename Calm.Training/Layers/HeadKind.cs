namespace Calm.Training;

/// <summary>Heads, which draw the next latent.</summary>
public enum HeadKind
{
    /// <summary>Draws in one step; trained by the energy score: <see cref="EnergyHead"/>.</summary>
    Energy,

    /// <summary>Removes noise in a hundred steps: <see cref="DiffusionHead"/>.</summary>
    Diffusion,

    /// <summary>Follows a velocity from noise in twenty evaluations: <see cref="FlowHead"/>.</summary>
    Flow,
}

/// <summary>Solvers of <see cref="FlowHead"/>; both evaluate the velocity twenty times.</summary>
public enum FlowSolver
{
    /// <summary>Ten steps along the velocity at their middle.</summary>
    Midpoint,

    /// <summary>Twenty steps along the velocity at their start.</summary>
    Euler,
}
