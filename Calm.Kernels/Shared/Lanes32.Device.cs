// Thirty-two numbers of one work item: two of the widest registers.
global using Lanes32 = Calm.Runtime.LanePair<Calm.Runtime.LanePair<
    Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>>>>;
