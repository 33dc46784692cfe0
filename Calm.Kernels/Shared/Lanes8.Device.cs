// Eight numbers of one work item: one register of most CPUs.
global using Lanes8 = Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>>;
