using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>One weight, pulled towards zero; one step is poisoned.</summary>
internal sealed class OneWeight : IStage
{
    private readonly int _badStep;
    private readonly Parameter _weight;

    public OneWeight(Device device, int badStep)
    {
        _badStep = badStep;
        _weight = Parameters.Add("weight", new Shape(1, 1), Initialization.Ones);
        Parameters.Allocate(device, trainable: true);
        Initialize();
    }

    public ulong? OnlyWithSeed { get; init; }

    /// <summary>The poison.</summary>
    public float BadGradient { get; init; } = float.NaN;

    /// <summary>The input of the poisoned step.</summary>
    public float BadInput { get; init; } = float.NaN;

    /// <summary>The poison is in the gradient alone: the loss stays a number.</summary>
    public bool OnlyInGradient { get; init; }

    public List<int> StepsSeen { get; } = [];

    public Tensor Weight => _weight.Value;

    public Stage Stage => Stage.Ar;

    public RunConfig Config => new();

    public ParameterSet Parameters { get; } = new();

    public long TokensPerStep { get; init; } = 1;

    public int SequenceLength { get; init; } = 1;

    /// <summary>The first sequence of each batch that was asked for.</summary>
    public List<long> FirstSequences { get; } = [];

    public void Initialize() => Parameters.Initialize(new RandomStream(1, 0, 0));

    public LossTerm[] Loss(Tape tape, NoiseKey noise, long first, int part)
    {
        int step = (int)noise.Step;
        FirstSequences.Add(first);
        StepsSeen.Add(step);
        bool poisoned = step == _badStep && (OnlyWithSeed is null || noise.Seed == OnlyWithSeed);
        Tensor x = tape.From([poisoned && !OnlyInGradient ? BadInput : 1f], new Shape(1, 1));
        Tensor y = Silu.Apply(tape, Linear.Apply(tape, x, Weight)).Reshape(1);
        return [poisoned && OnlyInGradient ? Poisoned(tape, y, BadGradient) : y];
    }

    /// <summary>The score of an evaluation after some number of steps.</summary>
    public Func<int, double> Score { get; init; } = _ => 0;

    public StageMeasure Evaluate() =>
        new(Score(StepsSeen.DefaultIfEmpty(0).Last()), "nothing", new Dictionary<string, double>());

    public void WriteModel(CheckpointWriter writer) => writer.Write("weight", BitConverter.GetBytes(Weight.ToArray()[0]));

    public void ReadModel(string folder) =>
        Weight.CopyFrom([BitConverter.ToSingle(File.ReadAllBytes(Path.Combine(folder, "weight")))]);

    public void Dispose()
    {
    }

    private static Tensor Poisoned(Tape tape, Tensor x, float gradient)
    {
        Tensor y = tape.Rent(x.Shape, nameof(Poison));
        tape.Device.Copy(x, y);
        tape.Record(new Poison(x, y, gradient));
        return y;
    }

    /// <summary>An op that returns its input and whose gradient is poisoned.</summary>
    private sealed class Poison(Tensor x, Tensor y, float poison) : TapeNode
    {
        public override string Op => nameof(Poison);

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) => tape.TargetFor(x).Tensor.CopyFrom([poison]);
    }
}
