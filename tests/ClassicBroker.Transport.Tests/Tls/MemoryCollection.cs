namespace ClassicBroker.Transport.Tests;

/// <summary>Tests that weigh the heap, beside which nothing else may run.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryCollection
{
    public const string Name = "heap";
}
