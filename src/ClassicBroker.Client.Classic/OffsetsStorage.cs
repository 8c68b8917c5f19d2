namespace ClassicBroker.Client.Classic;

/// <summary>Where a group of 0.8 keeps its offsets, <c>offsets.storage</c>.</summary>
public enum OffsetsStorage
{
    /// <summary>In znodes below <c>/consumers/GROUP/offsets</c>.</summary>
    ZooKeeper,

    /// <summary>With the group's coordinator, in <c>__consumer_offsets</c>.</summary>
    Kafka,
}
