namespace Calm.Runtime;

/// <summary>The gradient of a tensor and of its reshaped views.</summary>
internal sealed class GradientSlot
{
    /// <summary>A slot without memory.</summary>
    public GradientSlot()
    {
    }

    /// <summary>A slot with fixed memory: a parameter's, or a part of another tensor's gradient.</summary>
    public GradientSlot(Tensor place)
    {
        Tensor = place;
        IsFixed = true;
    }

    /// <summary>Its memory; null until a gradient first flows.</summary>
    public Tensor? Tensor { get; private set; }

    /// <summary>Whether <see cref="Tensor"/> holds contributions already: the first overwrites, later ones add.</summary>
    public bool HasContribution { get; set; }

    /// <summary>Whether the memory may not be replaced.</summary>
    public bool IsFixed { get; }

    /// <summary>Places the gradient in a tensor's memory, which is kept until the gradient is given up.</summary>
    public void Hold(Tensor gradient)
    {
        gradient.Allocation.Holders++;
        LetGo();
        Tensor = gradient;
    }

    /// <summary>Gives the memory up: nothing reads this gradient any more.</summary>
    public void LetGo()
    {
        if (Tensor is not null)
        {
            Tensor.Allocation.Holders--;
            Tensor = null;
        }
    }
}
