using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>What a log is made with where it does not exist.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Config">The topic's settings.</param>
/// <param name="TopicId">The topic's id; zero where the controller knows none.</param>
/// <param name="IsNew">The controller says that the replica never existed; a log missing otherwise may lie in a directory that is
/// offline.</param>
/// <param name="IsFuture">It shall be filled and then take the place of the current one.</param>
public readonly record struct LogCreation(
    TopicPartition Partition, LogConfig Config, Uuid TopicId, bool IsNew = true, bool IsFuture = false);
