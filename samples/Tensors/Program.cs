// Tensors, ops and gradients: the tape.
//     dotnet run --project samples/Tensors -c Release
using Calm.Kernels;
using Calm.Runtime;

// A device holds tensors and runs ops: "host" is the processor, "auto" prefers a GPU.
using Device device = DeviceList.Open("host");

// A tape holds the memory of one step, and records the ops that run so that gradients can go back through them.
using Tape tape = new(device);

Tensor x = tape.From([1, 2, 3, 4, 5, 6], new Shape(2, 3));
Tensor weight = tape.From([0.1f, -0.2f, 0.3f, 0.4f, 0.5f, -0.6f], new Shape(3, 2));
weight.RequiresGradient = true;

// Every op takes the tape first.
Tensor y = Tanh.Apply(tape, MatMul.Apply(tape, x, weight));
Tensor loss = Mean.Apply(tape, Multiply.Apply(tape, y, y));
Print("y", y);
Print("loss", loss);

tape.Backward(loss);
Print("gradient of weight", weight.Gradient!);

// Reset ends the step and takes its memory back; a tensor of the step that is used afterwards throws.
tape.Reset();

// Without recording there are no gradients, and no memory is kept for them.
tape.Recording = false;
Print("softmax", Softmax.Apply(tape, tape.From([1, 2, 3], new Shape(1, 3))));

static void Print(string name, Tensor tensor) =>
    Console.WriteLine($"{name} {tensor.Shape}: {string.Join(" ", tensor.ToArray().Select(v => v.ToString("F4")))}");
