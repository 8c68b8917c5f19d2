namespace ClassicBroker.Packages.Tests;

/// <summary>Packages and samples are made once for all tests.</summary>
[CollectionDefinition(Name)]
public sealed class SamplesCollection : ICollectionFixture<PackedSamples>
{
    public const string Name = "samples";
}
