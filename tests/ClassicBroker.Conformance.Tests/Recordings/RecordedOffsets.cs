using System.Text.Json;

namespace ClassicBroker.Conformance.Tests.Recordings;

/// <summary>What a broker had written of offsets when a step was recorded, its log directories taken together. Immutable.</summary>
/// <param name="IsRunning">Did its process run?</param>
/// <param name="Files">By name, as <c>replication-offset-checkpoint</c>: the offset of each partition.</param>
internal sealed record RecordedOffsets(bool IsRunning, IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> Files)
{
    public const string HighWatermarks = "replication-offset-checkpoint";
    public const string RecoveryPoints = "recovery-point-offset-checkpoint";
    public const string LogStarts = "log-start-offset-checkpoint";

    private const string Running = "running";

    public static RecordedOffsets Of(JsonElement broker) => new(
        broker.GetProperty(Running).GetBoolean(),
        broker.EnumerateObject().Where(file => file.Name != Running).ToDictionary(
            file => file.Name,
            IReadOnlyDictionary<string, long> (file) => file.Value.EnumerateObject().ToDictionary(
                partition => partition.Name, partition => partition.Value.GetInt64(), StringComparer.Ordinal),
            StringComparer.Ordinal));

    /// <summary>The offsets of a file, of no partition where it was not there.</summary>
    public IReadOnlyDictionary<string, long> Of(string file) =>
        Files.TryGetValue(file, out var offsets) ? offsets : new Dictionary<string, long>();
}
