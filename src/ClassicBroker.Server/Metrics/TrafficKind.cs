namespace ClassicBroker.Server.Metrics;

/// <summary>
/// What <see cref="BrokerTopicStats"/> counts; each is a bean of Kafka's <c>BrokerTopicMetrics</c> with <c>PerSec</c> behind it.
/// </summary>
internal enum TrafficKind
{
    MessagesIn,
    BytesIn,
    BytesOut,
    BytesRejected,
    TotalProduceRequests,
    TotalFetchRequests,
    FailedProduceRequests,
    FailedFetchRequests,
    ReplicationBytesOut,
    ReplicationBytesIn,
    ReassignmentBytesIn,
}
