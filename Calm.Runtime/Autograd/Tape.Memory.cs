namespace Calm.Runtime;

/// <content>Memory of a step.</content>
public sealed partial class Tape
{
    /// <summary>
    /// Whether a backward pass frees memory as it goes, and forgets its ops: for training. Otherwise every tensor lasts until
    /// <see cref="Reset"/>.
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
    /// when its gradient is wanted, with the same results to the bit. Without recording they are not kept either, if the tape
    /// <see cref="ReleasesEarly"/>.
    /// </summary>
    /// <param name="x">The input of the layer; besides it the layer reads parameters and tensors that outlast it.</param>
    /// <param name="run">The layer, which does the same each time that it is called.</param>
    public Tensor Checkpoint(Tensor x, Func<Tensor, Tensor> run)
    {
        bool keeps = Recording ? !Recomputes : !ReleasesEarly;
        if (keeps)
        {
            return run(x);
        }

        Tensor y = NoGrad(() => [run(x)])[0];
        if (Recording)
        {
            Record(new CheckpointNode(x, run, y));
        }

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
