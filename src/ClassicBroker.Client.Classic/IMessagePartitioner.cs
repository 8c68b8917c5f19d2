namespace ClassicBroker.Client.Classic;

/// <summary>Chooses partitions of keyed messages (<c>kafka.producer.Partitioner</c>). Called from any thread.</summary>
public interface IMessagePartitioner
{
    /// <summary>A number in [0, <paramref name="partitions"/>) for a key, which is never null.</summary>
    int Partition(object key, int partitions);
}
