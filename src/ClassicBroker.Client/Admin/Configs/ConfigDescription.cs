namespace ClassicBroker.Client;

/// <summary>The configs of one resource, or why they could not be told. Immutable.</summary>
/// <param name="Resource">Whose they are.</param>
/// <param name="Entries">The configs, sorted by key; none where they could not be told.</param>
/// <param name="Failure">Why not; null where they were.</param>
public sealed record ConfigDescription(ConfigResource Resource, IReadOnlyList<ConfigEntry> Entries, KafkaException? Failure)
{
    /// <summary>This description, where it is one.</summary>
    /// <exception cref="KafkaException">It is not.</exception>
    public ConfigDescription ThrowIfFailed() => Failure is null ? this : throw Failure;
}
