namespace ClassicBroker.Server.Metrics;

/// <summary>
/// What <see cref="BrokerTopicStats"/> counts; each is a bean of Kafka's <c>BrokerTopicMetrics</c> with <c>PerSec</c> behind it. Those
/// before <see cref="ReplicationBytesOut"/> are counted by topic as well.
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
    ProduceMessageConversions,
    FetchMessageConversions,
    ReplicationBytesOut,
    ReplicationBytesIn,
    ReassignmentBytesOut,
    ReassignmentBytesIn,
    NoKeyCompactedTopicRecords,
    InvalidMagicNumberRecords,
    InvalidMessageCrcRecords,
    InvalidOffsetOrSequenceRecords,
}
