namespace ClassicBroker.Storage;

/// <summary>What must survive cleaning of an active producer, so that its sequences and its fencing do.</summary>
/// <param name="LastDataOffset">Where its newest batch ends; -1 where only markers are known of it.</param>
/// <param name="ProducerEpoch">Its epoch.</param>
internal readonly record struct LastProducerRecord(long LastDataOffset, short ProducerEpoch);
