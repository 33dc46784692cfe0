namespace Calm.Runtime;

/// <content>The way back, whole or in parts.</content>
public sealed partial class Tape
{
    /// <summary>
    /// How many ops are recorded: what <see cref="BackwardTo"/> is given to take gradients of no more than what follows.
    /// </summary>
    public int Mark => _nodes.Count;

    /// <summary>Gradients of a sum of scalars with respect to every parameter and every recorded tensor.</summary>
    /// <param name="losses">Tensors with one element each, from this tape.</param>
    /// <exception cref="ArgumentException">One has more elements.</exception>
    public void Backward(params ReadOnlySpan<Tensor> losses) => BackwardTo(0, 1, losses);

    /// <summary>Gradients, starting from those that <see cref="Tensor.SetGradient"/> gave to outputs.</summary>
    public void Backward() => RunBackward(0);

    /// <summary>
    /// Gradients of a sum of scalars, times <paramref name="scale"/>, through the ops recorded since <paramref name="mark"/>.
    /// What those ops read from before the mark has its gradient afterwards, and may get more of it.
    /// </summary>
    /// <param name="mark">The value of <see cref="Mark"/> then.</param>
    /// <param name="scale">The sum's own gradient: 1 / n for one of n accumulated micro-batches.</param>
    /// <param name="losses">Tensors with one element each, from this tape. Their values stay.</param>
    /// <exception cref="ArgumentException">One has more elements.</exception>
    public void BackwardTo(int mark, float scale, params ReadOnlySpan<Tensor> losses)
    {
        foreach (Tensor loss in losses)
        {
            if (loss.Count != 1)
            {
                throw new ArgumentException($"Backward: a loss has shape {loss.Shape}, expected one element.");
            }

            Tensor gradient = Rent(loss.Shape, "loss");
            gradient.CopyFrom([scale]);
            loss.SetGradient(gradient);
            loss.Allocation.Holders++;
        }

        RunBackward(mark);
    }

    private void RunBackward(int mark)
    {
        for (int i = _nodes.Count - 1; i >= mark; i--)
        {
            TapeNode node = _nodes[i];
            if (node.Output.Gradient is { } gradient)
            {
                Device.Profiler?.BeginOp(node.Op, ProfileDirection.Backward, gradient);
                (bool, int) before = _memory.Begin(isBackward: true);
                node.Backward(this, gradient);
                _memory.End(before);
                Device.Profiler?.EndOp();
                AfterBackward?.Invoke(node);
            }

            if (ReleasesEarly)
            {
                Release(node, i);
            }
        }
    }

    /// <summary>Forgets the last op, with its output's gradient and all that was rented since it began.</summary>
    private void Release(TapeNode node, int position)
    {
        Tensor? gradient = node.Output.GradientSlot.Tensor;
        node.Output.ForgetGradient();
        if (gradient is not null)
        {
            _memory.ReleaseUnlessHeld(gradient.Allocation);
        }

        _nodes.RemoveRange(position, _nodes.Count - position);
        _memory.ReleaseFrom(position);
    }
}
