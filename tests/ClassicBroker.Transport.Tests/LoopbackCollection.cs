namespace ClassicBroker.Transport.Tests;

/// <summary>Runs the tests of <see cref="Loopback.Alone"/> beside no others.</summary>
[CollectionDefinition(Loopback.Alone, DisableParallelization = true)]
public sealed class LoopbackCollection;
