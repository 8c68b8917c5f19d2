using ClassicBroker.Client.Classic.Producers;

namespace ClassicBroker.Client.Classic;

/// <summary>The partitioners that Kafka 0.8 came with. Stateless.</summary>
public static class MessagePartitioners
{
    /// <summary>
    /// <c>kafka.producer.DefaultPartitioner</c>: Java's <c>hashCode</c> of the key. Keys are text, numbers, booleans, GUIDs or bytes; for
    /// others give a partitioner of your own. Bytes, which have no stable hash in Java, count as with <see cref="ByteArray"/>.
    /// </summary>
    public static readonly IMessagePartitioner KeyHash = new KeyHashPartitioner();

    /// <summary><c>kafka.producer.ByteArrayPartitioner</c>: Java's <c>Arrays.hashCode</c> of keys that are bytes.</summary>
    public static readonly IMessagePartitioner ByteArray = new ByteArrayPartitioner();
}
