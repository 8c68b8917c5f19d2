namespace ClassicBroker.Client.Classic;

/// <summary>A message of the producer of 0.8 (<c>kafka.producer.KeyedMessage</c>).</summary>
/// <param name="Topic">The topic it goes to.</param>
/// <param name="Key">Its key; where it is null, any partition will do.</param>
/// <param name="Message">The message itself.</param>
public readonly record struct KeyedMessage<TKey, TValue>(string Topic, TKey Key, TValue Message)
{
    /// <summary>Decides the partition in place of the key, and is not stored.</summary>
    public object? PartitionKey { get; init; }
}
