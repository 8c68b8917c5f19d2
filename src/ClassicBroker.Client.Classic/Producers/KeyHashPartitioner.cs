using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Producers;

/// <summary><c>kafka.producer.DefaultPartitioner</c>. Stateless.</summary>
internal sealed class KeyHashPartitioner : IMessagePartitioner
{
    public int Partition(object key, int partitions) =>
        JavaHash.Abs(JavaKeyHash.Of(key) ?? throw new ArgumentException(
            $"Keys of type {key.GetType().Name} have no hash that Java knows; give the producer a partitioner", nameof(key))) % partitions;
}
