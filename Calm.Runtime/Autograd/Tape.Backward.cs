namespace Calm.Runtime;

/// <content>The backward pass, as a whole or in parts.</content>
public sealed partial class Tape
{
    /// <summary>Gradient of the loss itself: 1 / n for one of n accumulated micro-batches.</summary>
    public float LossScale { get; set; } = 1;

    /// <summary>
    /// Gradients of a loss, times <see cref="LossScale"/>, with respect to every parameter and every recorded tensor. Terms
    /// that need no gradient, such as those of <see cref="InParts"/>, are skipped.
    /// </summary>
    /// <param name="terms">The terms of the loss, from this tape. Their values stay.</param>
    /// <exception cref="ArgumentException">A term has more than one element.</exception>
    /// <exception cref="InvalidOperationException">The gradients of these ops were taken already.</exception>
    public void Backward(params ReadOnlySpan<LossTerm> terms)
    {
        Seed(terms);
        RunBackward(0);
    }

    /// <summary>Runs backward from the gradients that <see cref="Tensor.SetGradient"/> gave to outputs.</summary>
    public void Backward() => RunBackward(0);

    /// <summary>
    /// A loss that is a mean over rows, computed for some rows at a time. With <see cref="ReleasesEarly"/> the gradients of
    /// each part are taken at once, so that memory holds the intermediate values of one part only. Otherwise all rows are one
    /// part, whose gradients <see cref="Backward(ReadOnlySpan{LossTerm})"/> takes.
    /// </summary>
    /// <param name="x">The rows, [R, C].</param>
    /// <param name="mostRows">Rows of a part.</param>
    /// <param name="loss">Returns the mean loss of some rows of x, given them and the number of the first.</param>
    /// <returns>The loss of each part, weighted by its share of the rows.</returns>
    public LossTerm[] InParts(Tensor x, int mostRows, Func<Tensor, int, Tensor> loss)
    {
        if (!ReleasesEarly || !Records(x))
        {
            return [loss(x, 0)];
        }

        mostRows = Math.Max(1, mostRows);
        if (x.Rows <= mostRows || !Device.WantsLargeLaunches || PackedWeights is not null)
        {
            return PartByPart(x, mostRows, loss);
        }

        // Weights stay packed from part to part, where each product would pack them.
        _packed ??= new Arena(Device, "packed weights");
        PackedWeights = new PackedWeightCache(_packed, long.MaxValue) { PacksAtOnce = true };
        try
        {
            return PartByPart(x, mostRows, loss);
        }
        finally
        {
            PackedWeights = null;
            _packed.Reset();
        }
    }

    private LossTerm[] PartByPart(Tensor x, int mostRows, Func<Tensor, int, Tensor> loss)
    {
        LossTerm[] terms = new LossTerm[(x.Rows + mostRows - 1) / mostRows];
        GradientSlot slot = x.GradientSlot;
        Tensor gradient = (slot.Tensor ?? RentGradient(x)).WithShape(x.Shape);
        for (int i = 0; i < terms.Length; i++)
        {
            int first = i * mostRows;
            Shape shape = new(Math.Min(mostRows, x.Rows - first), x.Columns);
            long start = (long)first * x.Columns;
            Tensor part = x.Slice(start, shape);
            part.OwnGradient(gradient.Slice(start, shape));
            part.GradientSlot.HasContribution = slot.HasContribution;
            (int mark, int kept) = (_nodes.Count, _memory.Mark);
            terms[i] = new LossTerm(loss(part, first), (double)shape.Rows / x.Rows);
            Seed(terms[i]);
            RunBackward(mark, kept);
            terms[i].Value.RequiresGradient = false;
            if (!part.GradientSlot.HasContribution)
            {
                part.GradientSlot.Tensor!.Clear();
            }
        }

        slot.HasContribution = true;
        return terms;
    }

    /// <summary>Gives terms their own gradients.</summary>
    private void Seed(params ReadOnlySpan<LossTerm> terms)
    {
        for (int i = 0; i < terms.Length; i++)
        {
            Tensor loss = terms[i].Value;
            if (loss.Count != 1)
            {
                throw new ArgumentException($"Backward: a loss has shape {loss.Shape}, expected one element.");
            }

            if (loss.RequiresGradient)
            {
                // The last of terms that are one tensor has the weight of all of them.
                Tensor gradient = Rent(loss.Shape, "loss");
                gradient.CopyFrom([(float)(LossScale * WeightOf(loss, terms[..(i + 1)]))]);
                loss.SetGradient(gradient);
            }

            loss.Allocation.Holders++;
        }
    }

    private static double WeightOf(Tensor loss, ReadOnlySpan<LossTerm> terms)
    {
        double weight = 0;
        foreach (LossTerm term in terms)
        {
            weight += term.Value == loss ? term.Weight : 0;
        }

        return weight;
    }

    /// <summary>Takes gradients through the ops from a number on; the first rents outlast them.</summary>
    private void RunBackward(int mark, int kept = 0)
    {
        if (_taken > 0)
        {
            throw new InvalidOperationException(
                "Backward: the gradients of this tape's ops were taken already; give all losses to one call, or reset the tape.");
        }

        for (int i = _nodes.Count - 1; i >= mark; i--)
        {
            TapeNode node = _nodes[i];
            if (node.Output.Gradient is { } gradient)
            {
                Device.BeginOp(node.Op, ProfileDirection.Backward, gradient);
                (bool, int) before = _memory.Begin(isBackward: true);
                node.Backward(this, gradient);
                _memory.End(before);
                Device.EndOp();
                AfterBackward?.Invoke(node);
            }

            if (ReleasesEarly)
            {
                Release(node, i, kept);
            }
        }

        _taken = ReleasesEarly ? 0 : _nodes.Count;
    }

    /// <summary>Forgets the last op, with its output's gradient and all that was rented since it began.</summary>
    private void Release(TapeNode node, int position, int kept)
    {
        Tensor? gradient = node.Output.GradientSlot.Tensor;
        node.Output.ForgetGradient();
        if (gradient is not null)
        {
            _memory.ReleaseUnlessHeld(gradient.Allocation);
        }

        _nodes.RemoveRange(position, _nodes.Count - position);
        _memory.ReleaseFrom(position, kept);
    }
}
