// A small network learns y = sin(3 x) from noisy points, on any device; on the emulator 20 steps take some 40 s.
//     dotnet run --project samples/Regression -c Release -- [host|cuda|opencl|emulated] [STEPS]
using Calm.Kernels;
using Calm.Runtime;
using Calm.Training;

const int Points = 64;
const int Hidden = 16;

using Device device = DeviceList.Open(args.Length > 0 ? args[0] : "host");
int steps = args.Length > 1 ? int.Parse(args[1]) : 300;

// All parameters of a model live in one flat array: add them, then allocate once.
ParameterSet parameters = new();
LinearLayer first = new(parameters, "first", 1, Hidden, Initialization.Normal(1));
LinearLayer second = new(parameters, "second", Hidden, 1, Initialization.Normal(0.3f));
parameters.Allocate(device, trainable: true);
parameters.Initialize(new RandomStream(Seed: 1, Step: 0, Stream: 0));
AdamWOptimizer optimizer = new(device, parameters, new AdamW.Options(WeightDecay: 0));

// The data: random numbers are a function of seed, step and place, the same on every machine.
float[] inputs = [.. Enumerable.Range(0, Points).Select(i => 2f * i / (Points - 1) - 1)];
RandomStream noise = new(Seed: 2, Step: 0, Stream: 0);
float[] targets = [.. inputs.Select((x, i) => MathF.Sin(3 * x) + 0.05f * noise.Normal((ulong)i))];

using Tape tape = new(device) { ReleasesEarly = true };
for (int step = 1; step <= steps; step++)
{
    parameters.ForgetGradients();
    Tensor x = tape.From(inputs, new Shape(Points, 1));
    Tensor wanted = tape.From(targets, new Shape(Points, 1));
    Tensor y = second.Apply(tape, Tanh.Apply(tape, first.Apply(tape, x)));
    (Tensor loss, _) = MeanSquaredError.Apply(tape, y, wanted);
    tape.Backward(loss);
    optimizer.Step(tape, learningRate: 0.02);
    if (step % 100 == 0 || step == steps)
    {
        Console.WriteLine($"step {step}: loss {loss.ToArray()[0]:F4}");
    }

    tape.Reset();
}
