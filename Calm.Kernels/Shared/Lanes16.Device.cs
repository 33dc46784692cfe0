// Sixteen numbers of one work item: two registers of the width that CPU compilers prefer, one of the widest.
global using Lanes16 = Calm.Runtime.LanePair<
    Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>>>;
