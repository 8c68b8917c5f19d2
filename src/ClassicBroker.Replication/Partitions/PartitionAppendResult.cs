using ClassicBroker.Primitives;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>What an append to one partition came to.</summary>
public readonly record struct PartitionAppendResult(ErrorCode Error, LogAppend Appended)
{
    public static PartitionAppendResult Refused(ErrorCode error) => new(error, default);
}
