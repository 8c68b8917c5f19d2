using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A sentence for each error code a client is likely to meet, for the case that the broker sends none.</summary>
internal static class ErrorDescriptions
{
    public static string Describe(ErrorCode code) =>
        code switch
        {
            ErrorCode.UnknownServerError => "The broker met an error it did not expect; its log tells more.",
            ErrorCode.OffsetOutOfRange => "The offset asked for lies outside of what the broker has.",
            ErrorCode.CorruptMessage => "A record batch does not match its CRC, or its sizes are impossible.",
            ErrorCode.UnknownTopicOrPartition => "This server does not host this topic-partition.",
            ErrorCode.LeaderNotAvailable => "There is no leader for this topic-partition as we are in the middle of a leadership election.",
            ErrorCode.NotLeaderOrFollower => "The broker neither leads nor follows this partition; metadata was out of date.",
            ErrorCode.RequestTimedOut => "The request timed out on the broker.",
            ErrorCode.MessageTooLarge =>
                "The request holds a message larger than the broker accepts (message.max.bytes, max.message.bytes).",
            ErrorCode.NetworkException => "The server disconnected before a response was received.",
            ErrorCode.CoordinatorLoadInProgress => "The coordinator is loading and cannot answer yet.",
            ErrorCode.CoordinatorNotAvailable => "The coordinator is not available.",
            ErrorCode.NotCoordinator => "The broker is not the coordinator for this.",
            ErrorCode.InvalidTopicException => "The topic name is invalid, or the topic does not allow this.",
            ErrorCode.NotEnoughReplicas => "Fewer replicas are in sync than min.insync.replicas asks for; nothing was written.",
            ErrorCode.NotEnoughReplicasAfterAppend =>
                "The record was written, but to fewer in-sync replicas than min.insync.replicas asks for.",
            ErrorCode.TopicAuthorizationFailed => "Not authorized to access this topic.",
            ErrorCode.GroupAuthorizationFailed => "Not authorized to access this group.",
            ErrorCode.ClusterAuthorizationFailed => "Cluster authorization failed.",
            ErrorCode.UnsupportedVersion => "The broker does not support this version of the API.",
            ErrorCode.TopicAlreadyExists => "A topic with this name already exists.",
            ErrorCode.InvalidPartitions => "The number of partitions is invalid.",
            ErrorCode.InvalidReplicationFactor => "The replication factor is below 1 or larger than the number of available brokers.",
            ErrorCode.InvalidReplicaAssignment => "The replica assignment is invalid.",
            ErrorCode.InvalidConfig => "The configuration is invalid.",
            ErrorCode.NotController => "The broker is not the controller.",
            ErrorCode.InvalidRequest => "The request is malformed or contradicts itself.",
            ErrorCode.PolicyViolation => "The request violates a policy of the cluster.",
            ErrorCode.OutOfOrderSequenceNumber => "The broker received an out of order sequence number.",
            ErrorCode.KafkaStorageError => "The disk failed on the broker; the log directory is offline.",
            ErrorCode.UnknownProducerId => "The broker no longer knows this producer; its records were deleted by retention.",
            ErrorCode.TopicDeletionDisabled => "Topic deletion is disabled (delete.topic.enable).",
            ErrorCode.ThrottlingQuotaExceeded => "The throttling quota has been exceeded.",
            ErrorCode.UnsupportedCompressionType => "The broker does not support this compression type.",
            ErrorCode.ElectionNotNeeded => "The preferred replica leads already.",
            ErrorCode.PreferredLeaderNotAvailable => "The preferred leader is not available.",
            ErrorCode.EligibleLeadersNotAvailable => "No replica may become the leader.",
            ErrorCode.LogDirNotFound => "The broker has no such log directory.",
            ErrorCode.InvalidRecord => "The broker refused a record.",
            ErrorCode.InvalidTimestamp => "The timestamp of a record is outside of what the topic accepts.",
            ErrorCode.UnknownTopicId => "This server does not host this topic ID.",
            _ => $"The broker answered {code.WireName()}.",
        };
}
