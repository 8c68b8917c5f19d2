namespace ClassicBroker.Client;

/// <summary>The configs of one resource, sorted by key, or why they could not be told. Immutable.</summary>
public sealed record ConfigDescription(ConfigResource Resource, IReadOnlyList<ConfigEntry> Entries, KafkaException? Failure);
