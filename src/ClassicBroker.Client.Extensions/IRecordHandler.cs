namespace ClassicBroker.Client;

/// <summary>
/// The application's work on the records of a hosted consumer. Made in a scope of its own for each record. Called for one record at a time,
/// in the order of their partitions.
/// </summary>
public interface IRecordHandler<TKey, TValue>
{
    /// <summary>
    /// Works on a record. When it returns, the record is done with; what it throws sends the record to the next retry topic, to the
    /// dead-letter topic, or ends the service where there is neither.
    /// </summary>
    /// <param name="record">The record; one from a retry topic has that topic's name and offset, and its origin in its headers.</param>
    /// <param name="cancellation">
    /// Comes when the application stops and the time for draining is over. A handler that ends by it gets the record again.
    /// </param>
    ValueTask HandleAsync(ConsumerRecord<TKey, TValue> record, CancellationToken cancellation);
}
