using BenchmarkDotNet.Running;

// The loops that are timed are compiled at full optimisation on their first call and the host's threads live as long as the
// device: nothing is gained by a process for each benchmark, and building one would depend on where this build puts its files.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
