namespace Calm.Runtime;

/// <content>Which memory a step needs at once.</content>
public sealed partial class Tape
{
    /// <summary>
    /// Whether a backward pass gives memory back as it goes, and forgets its ops: for training. Otherwise every tensor lasts
    /// until <see cref="Reset"/>, for who looks at them afterwards.
    /// </summary>
    public bool ReleasesEarly { get; set; }

    /// <summary>Whether <see cref="Checkpoint"/> keeps nothing but inputs and outputs: less memory, a third more work.</summary>
    public bool Recomputes { get; set; }

    /// <summary>Runs a frozen part of a model: its ops are not recorded, and nothing but its results stays in memory.</summary>
    /// <param name="run">Returns the results.</param>
    public Tensor[] NoGrad(Func<Tensor[]> run)
    {
        bool recording = Recording;
        Recording = false;
        try
        {
            int mark = _memory.Mark;
            Tensor[] results = run();
            _memory.ReleaseSince(mark, results);
            return results;
        }
        finally
        {
            Recording = recording;
        }
    }

    /// <summary>
    /// Runs a layer of a model. With <see cref="Recomputes"/> its intermediate values are not kept: the layer runs once more
    /// when its gradient is wanted, with the same results to the bit.
    /// </summary>
    /// <param name="x">What the layer reads, besides parameters and tensors that were there before.</param>
    /// <param name="run">The layer, which does the same each time that it is called.</param>
    public Tensor Checkpoint(Tensor x, Func<Tensor, Tensor> run)
    {
        if (!Recording || !Recomputes)
        {
            return run(x);
        }

        Tensor y = NoGrad(() => [run(x)])[0];
        Record(new CheckpointNode(x, run, y));
        return y;
    }

    private sealed class CheckpointNode(Tensor x, Func<Tensor, Tensor> run, Tensor y) : TapeNode
    {
        public override string Op => nameof(Checkpoint);

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            int mark = tape._nodes.Count;
            (bool, int) before = tape._memory.Begin(isBackward: false);
            run(x).SetGradient(gradient);
            tape.RunBackward(mark);
            tape._memory.End(before);
            tape._nodes.RemoveRange(mark, tape._nodes.Count - mark);
        }
    }
}
