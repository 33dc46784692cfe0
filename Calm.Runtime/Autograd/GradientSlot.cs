namespace Calm.Runtime;

/// <summary>The gradient of a tensor and of its reshaped views.</summary>
internal sealed class GradientSlot
{
    /// <summary>A slot without memory.</summary>
    public GradientSlot()
    {
    }

    /// <summary>A slot whose memory is given and stays: a parameter's, or a part of another tensor's gradient.</summary>
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

    /// <summary>Puts the gradient into a tensor's memory, which stays for as long.</summary>
    public void Hold(Tensor gradient)
    {
        gradient.Allocation.Holders++;
        LetGo();
        Tensor = gradient;
    }

    /// <summary>The memory is of no more use.</summary>
    public void LetGo()
    {
        if (Tensor is not null)
        {
            Tensor.Allocation.Holders--;
            Tensor = null;
        }
    }
}
