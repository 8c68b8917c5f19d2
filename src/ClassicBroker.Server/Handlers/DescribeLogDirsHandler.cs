using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Handlers;

/// <summary>DescribeLogDirs 0-4: the log directories with the replicas in them, their sizes and how far they lag (KIP-113).</summary>
public sealed class DescribeLogDirsHandler(LogStore logs) : RequestHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Describe)];

    public override ValueTask<DescribeLogDirsResponse?> HandleAsync(DescribeLogDirsRequest request, RequestContext context)
    {
        var asked = request.Topics?.SelectMany(
            topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))).ToHashSet();
        return ValueTask.FromResult<DescribeLogDirsResponse?>(new()
        {
            Results = [.. logs.Directories.Select(directory => Describe(directory, asked))],
        });
    }

    private DescribeLogDirsResponse.DescribeLogDirsResult Describe(LogDirectory directory, HashSet<TopicPartition>? asked)
    {
        try
        {
            if (directory.IsOnline)
            {
                var space = directory.Space;
                return new()
                {
                    LogDir = directory.Path,
                    TotalBytes = space.TotalBytes,
                    UsableBytes = space.UsableBytes,
                    Topics = Describe([.. logs.Logs.Concat(logs.FutureLogs).Where(
                        log => log.Directory == directory && asked?.Contains(log.Partition) != false)]),
                };
            }
        }
        catch (StorageException)
        {
            // The disk failed just now, and the directory has gone offline over it.
        }

        return new() { LogDir = directory.Path, ErrorCode = ErrorCode.KafkaStorageError };
    }

    private DescribeLogDirsResponse.DescribeLogDirsTopic[] Describe(IReadOnlyList<PartitionLog> held) =>
        [.. held.GroupBy(log => log.Partition.Topic, StringComparer.Ordinal).OrderBy(topic => topic.Key, StringComparer.Ordinal).Select(
            topic => new DescribeLogDirsResponse.DescribeLogDirsTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(log => new DescribeLogDirsResponse.DescribeLogDirsPartition
                {
                    PartitionIndex = log.Partition.Partition,
                    PartitionSize = log.SizeInBytes,
                    OffsetLag = Lag(log),
                    IsFutureKey = log.IsFuture,
                })],
            })];

    /// <summary>
    /// A future log lags behind the current one; a current one behind the high watermark, which only a truncated one does.
    /// </summary>
    private long Lag(PartitionLog log) =>
        log.IsFuture
            ? (logs.Find(log.Partition)?.LogEndOffset ?? log.LogEndOffset) - log.LogEndOffset
            : Math.Max(log.HighWatermark - log.LogEndOffset, 0);
}
