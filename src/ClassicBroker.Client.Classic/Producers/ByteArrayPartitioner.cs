using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Producers;

/// <summary><c>kafka.producer.ByteArrayPartitioner</c>. Stateless.</summary>
internal sealed class ByteArrayPartitioner : IMessagePartitioner
{
    public int Partition(object key, int partitions) =>
        key is byte[] bytes
            ? JavaHash.Abs(JavaKeyHash.OfBytes(bytes)) % partitions
            : throw new ArgumentException($"The key is no byte[] but a {key.GetType().Name}", nameof(key));
}
