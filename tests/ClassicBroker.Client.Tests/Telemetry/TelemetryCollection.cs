namespace ClassicBroker.Client.Tests.Telemetry;

/// <summary>Listeners are the whole process's: what they cost must not show in tests that count allocations meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryCollection
{
    public const string Name = "telemetry";
}
