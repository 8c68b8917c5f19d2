namespace ClassicBroker.Client.Classic;

/// <summary>When a send of the producer of 0.8 ends, <c>producer.type</c>.</summary>
public enum ProducerType
{
    /// <summary>Once the brokers have answered.</summary>
    Sync,

    /// <summary>Once the message is queued; a background task sends in batches, and failures are only logged.</summary>
    Async,
}
