namespace ClassicBroker.Client;

/// <summary>
/// Chooses partitions in place of the producer, as Java's <c>Partitioner</c>. Called from any thread that produces, for records that name
/// no partition; an implementation takes care of its own state.
/// </summary>
public interface IPartitioner
{
    /// <summary>The partition for a record; what it throws comes out of the producer's call.</summary>
    /// <param name="topic">The record's topic.</param>
    /// <param name="key">Its key, as it is sent; empty where there is none. Valid during the call only.</param>
    /// <param name="hasKey">Tells no key from an empty one.</param>
    /// <param name="value">Its value, as it is sent. Valid during the call only.</param>
    /// <param name="partitions">How many partitions the topic has.</param>
    /// <returns>A number in [0, <paramref name="partitions"/>), or -1 to leave the choice to the producer, as for records without
    /// keys.</returns>
    int Partition(string topic, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value, int partitions);
}
