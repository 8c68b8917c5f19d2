using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>What became of an election; a null failure means that there is a new leader.</summary>
public readonly record struct ElectionResult(TopicPartition Partition, KafkaException? Failure);
