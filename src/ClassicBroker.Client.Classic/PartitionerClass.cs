namespace ClassicBroker.Client.Classic;

/// <summary>Which of its own partitioners the producer of 0.8 uses, <c>partitioner.class</c>.</summary>
public enum PartitionerClass
{
    /// <summary><see cref="MessagePartitioners.KeyHash"/>, <c>kafka.producer.DefaultPartitioner</c>.</summary>
    KeyHash,

    /// <summary><see cref="MessagePartitioners.ByteArray"/>, <c>kafka.producer.ByteArrayPartitioner</c>.</summary>
    ByteArray,

    /// <summary>Any partition, whatever the key: <c>random</c>.</summary>
    Random,
}
