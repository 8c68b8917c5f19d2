using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Moves;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// AlterReplicaLogDirs 0-2 (KIP-113): moves replicas between the log directories of this broker, and chooses the directory of those it does
/// not have yet. Asking for where a replica lies calls a move off.
/// </summary>
public sealed class AlterReplicaLogDirsHandler(
    LogStore logs, ReplicaManager replicas, LogDirMoves moves, MetadataCache metadata, IExecutor diskWork)
    : RequestHandler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>
{
    /// <summary>The longest name of a directory; a partition's gets a UUID and a word while its log moves.</summary>
    private const int DirectoryNameLengthMax = 255;
    private const int FutureSuffixLength = 1 + 32 + 7;

    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Alter)];

    public override async ValueTask<AlterReplicaLogDirsResponse?> HandleAsync(AlterReplicaLogDirsRequest request, RequestContext context)
    {
        var errors = new SortedDictionary<TopicPartition, ErrorCode>();

        // A move begins with a directory and files.
        await diskWork.RunAsync(() => Alter(request, errors));
        return new()
        {
            Results = [.. errors.GroupBy(entry => entry.Key.Topic, StringComparer.Ordinal).Select(
                topic => new AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult
                {
                    TopicName = topic.Key,
                    Partitions = [.. topic.Select(entry => new AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult
                    {
                        PartitionIndex = entry.Key.Partition,
                        ErrorCode = entry.Value,
                    })],
                })],
        };
    }

    private void Alter(AlterReplicaLogDirsRequest request, SortedDictionary<TopicPartition, ErrorCode> errors)
    {
        foreach (var directory in request.Dirs)
        {
            foreach (var topic in directory.Topics)
            {
                foreach (var index in topic.Partitions)
                {
                    var partition = new TopicPartition(topic.Name, index);
                    errors[partition] = Alter(partition, directory.Path);
                }
            }
        }
    }

    private ErrorCode Alter(TopicPartition partition, string path)
    {
        if (partition.ToString().Length + FutureSuffixLength > DirectoryNameLengthMax)
        {
            return ErrorCode.InvalidTopicException;
        }

        if (logs.Directories.FirstOrDefault(directory => directory.Path == path) is not { } wanted)
        {
            return ErrorCode.LogDirNotFound;
        }

        if (!wanted.IsOnline || replicas.IsOffline(partition))
        {
            return ErrorCode.KafkaStorageError;
        }

        if (replicas.TryGetOnline(partition, out var replica) && replica.Log is not null)
        {
            return moves.Begin(replica, wanted);
        }

        if (logs.Find(partition) is { } log)
        {
            // It waits for the controller, and is moved by none before that.
            return log.Directory == wanted ? ErrorCode.None : ErrorCode.ReplicaNotAvailable;
        }

        if (metadata.Current.Partition(partition) is null)
        {
            return TopicName.Fault(partition.Topic) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException;
        }

        // As Kafka says it: the wish is remembered, and there is no replica to move.
        logs.PreferDirectory(partition, path);
        return ErrorCode.ReplicaNotAvailable;
    }
}
