namespace ClassicBroker.Metadata.Admin;

/// <summary>What a new topic gets that does not say: <c>num.partitions</c> and <c>default.replication.factor</c>.</summary>
public sealed record TopicDefaults(int Partitions, int ReplicationFactor);
