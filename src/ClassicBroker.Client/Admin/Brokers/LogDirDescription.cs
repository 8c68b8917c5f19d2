using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A log directory of a broker. Immutable.</summary>
/// <param name="BrokerId">The broker.</param>
/// <param name="Path">The directory.</param>
/// <param name="Error"><see cref="ErrorCode.None"/>, or what is wrong with it.</param>
/// <param name="Replicas">The replicas in it.</param>
/// <param name="TotalBytes">Size of its volume; -1 where the broker does not tell.</param>
/// <param name="UsableBytes">What of it is free; -1 where the broker does not tell.</param>
public sealed record LogDirDescription(
    int BrokerId, string Path, ErrorCode Error, IReadOnlyList<LogDirReplica> Replicas, long TotalBytes, long UsableBytes);
