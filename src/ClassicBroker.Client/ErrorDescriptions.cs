using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>
/// The sentence for an error code where the broker sends none: Kafka's own where tools and logs are searched for it, ours where that says
/// more. Stateless.
/// </summary>
internal static class ErrorDescriptions
{
    public static string Describe(ErrorCode code) =>
        code switch
        {
            ErrorCode.UnknownServerError => "The server experienced an unexpected error when processing the request.",
            ErrorCode.OffsetOutOfRange => "The requested offset is not within the range of offsets maintained by the server.",
            ErrorCode.CorruptMessage =>
                "This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise "
                + "corrupt.",
            ErrorCode.UnknownTopicOrPartition => "This server does not host this topic-partition.",
            ErrorCode.LeaderNotAvailable =>
                "There is no leader for this topic-partition as we are in the middle of a leadership election.",
            ErrorCode.NotLeaderOrFollower => "The broker neither leads nor follows this partition; metadata was out of date.",
            ErrorCode.RequestTimedOut => "The request timed out.",
            ErrorCode.BrokerNotAvailable => "The broker is not available.",
            ErrorCode.ReplicaNotAvailable => "The replica is not available for the requested topic-partition.",
            ErrorCode.MessageTooLarge => "The request included a message larger than the max message size the server will accept.",
            ErrorCode.NetworkException => "The server disconnected before a response was received.",
            ErrorCode.CoordinatorLoadInProgress => "The coordinator is loading and hence can't process requests.",
            ErrorCode.CoordinatorNotAvailable => "The coordinator is not available.",
            ErrorCode.NotCoordinator => "This is not the correct coordinator.",
            ErrorCode.InvalidTopicException => "The request attempted to perform an operation on an invalid topic.",
            ErrorCode.RecordListTooLarge => "The request included message batch larger than the configured segment size on the server.",
            ErrorCode.NotEnoughReplicas => "Messages are rejected since there are fewer in-sync replicas than required.",
            ErrorCode.NotEnoughReplicasAfterAppend => "Messages are written to the log, but to fewer in-sync replicas than required.",
            ErrorCode.IllegalGeneration => "Specified group generation id is not valid.",
            ErrorCode.InvalidGroupId => "The configured groupId is invalid.",
            ErrorCode.UnknownMemberId => "The coordinator is not aware of this member.",
            ErrorCode.RebalanceInProgress => "The group is rebalancing, so a rejoin is needed.",
            ErrorCode.TopicAuthorizationFailed => "Topic authorization failed.",
            ErrorCode.DelegationTokenAuthDisabled => "Delegation Token feature is not enabled.",
            ErrorCode.DelegationTokenNotFound => "Delegation Token is not found on server.",
            ErrorCode.DelegationTokenOwnerMismatch => "Specified Principal is not valid Owner/Renewer.",
            ErrorCode.DelegationTokenRequestNotAllowed =>
                "Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels.",
            ErrorCode.DelegationTokenAuthorizationFailed => "Delegation Token authorization failed.",
            ErrorCode.DelegationTokenExpired => "Delegation Token is expired.",
            ErrorCode.InvalidPrincipalType => "Supplied principalType is not supported.",
            ErrorCode.GroupAuthorizationFailed => "Group authorization failed.",
            ErrorCode.ClusterAuthorizationFailed => "Cluster authorization failed.",
            ErrorCode.InvalidTimestamp => "The timestamp of the message is out of acceptable range.",
            ErrorCode.UnsupportedVersion => "The version of API is not supported.",
            ErrorCode.TopicAlreadyExists => "Topic with this name already exists.",
            ErrorCode.InvalidPartitions => "Number of partitions is below 1.",
            ErrorCode.InvalidReplicationFactor => "Replication factor is below 1 or larger than the number of available brokers.",
            ErrorCode.InvalidReplicaAssignment => "Replica assignment is invalid.",
            ErrorCode.InvalidConfig => "Configuration is invalid.",
            ErrorCode.NotController => "This is not the correct controller for this cluster.",
            ErrorCode.InvalidRequest => "The request is malformed, or the broker is of another kind; its log tells more.",
            ErrorCode.UnsupportedForMessageFormat => "The message format version on the broker does not support the request.",
            ErrorCode.PolicyViolation => "Request parameters do not satisfy the configured policy.",
            ErrorCode.OutOfOrderSequenceNumber => "The broker received an out of order sequence number.",
            ErrorCode.InvalidProducerEpoch => "Producer attempted to produce with an old epoch.",
            ErrorCode.ProducerFenced =>
                "There is a newer producer with the same transactionalId which fences the current one.",
            ErrorCode.InvalidProducerIdMapping =>
                "The producer attempted to use a producer id which is not currently assigned to its transactional id.",
            ErrorCode.InvalidTransactionTimeout =>
                "The transaction timeout is larger than the maximum value allowed by the broker (as configured by "
                + "transaction.max.timeout.ms).",
            ErrorCode.ConcurrentTransactions =>
                "The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing.",
            ErrorCode.TransactionalIdAuthorizationFailed => "Transactional Id authorization failed.",
            ErrorCode.TransactionAbortable =>
                "The server encountered an error with the transaction. The client can abort the transaction to continue using this "
                + "transactional ID.",
            ErrorCode.FencedInstanceId =>
                "The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a "
                + "different member.id.",
            ErrorCode.InvalidTxnState => "The producer attempted a transactional operation in an invalid state.",
            ErrorCode.KafkaStorageError => "Disk error when trying to access log file on the disk.",
            ErrorCode.LogDirNotFound => "The user-specified log directory is not found in the broker config.",
            ErrorCode.UnknownProducerId => "The broker no longer knows this producer; its records were deleted by retention.",
            ErrorCode.ReassignmentInProgress => "A partition reassignment is in progress.",
            ErrorCode.NonEmptyGroup => "The group is not empty.",
            ErrorCode.GroupIdNotFound => "The group id does not exist.",
            ErrorCode.TopicDeletionDisabled => "Topic deletion is disabled.",
            ErrorCode.UnsupportedCompressionType => "The requesting client does not support the compression type of given partition.",
            ErrorCode.PreferredLeaderNotAvailable => "The preferred leader was not available.",
            ErrorCode.EligibleLeadersNotAvailable => "Eligible topic partition leaders are not available.",
            ErrorCode.ElectionNotNeeded => "Leader election not needed for topic partition.",
            ErrorCode.NoReassignmentInProgress => "No partition reassignment is in progress.",
            ErrorCode.GroupSubscribedToTopic =>
                "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.",
            ErrorCode.ThrottlingQuotaExceeded => "The throttling quota has been exceeded.",
            ErrorCode.InvalidRecord => "This record has failed the validation on broker and hence will be rejected.",
            ErrorCode.ResourceNotFound => "A request illegally referred to a resource that does not exist.",
            ErrorCode.UnknownTopicId => "This server does not host this topic ID.",
            _ => $"The broker answered {code.WireName()}.",
        };
}
