using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Producer.Transactions;

/// <summary>What a failure means for a transaction, as Java's TransactionManager judges it. Stateless.</summary>
internal static class TransactionFailures
{
    /// <summary>True where nothing but closing the producer is left; false where aborting the transaction is enough.</summary>
    public static bool IsFatal(KafkaException failure) =>
        failure.Code is not (
            ErrorCode.TransactionAbortable or ErrorCode.GroupAuthorizationFailed or ErrorCode.TopicAuthorizationFailed
            or ErrorCode.FencedInstanceId or ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration)
        && !LosesProducerId(failure);

    /// <summary>True where the coordinator or a broker no longer knows the producer id: it goes on in a new epoch (KIP-360).</summary>
    public static bool LosesProducerId(KafkaException failure) =>
        failure.Code is ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerIdMapping;

    /// <summary>As <see cref="IsFatal"/>, for a batch that was not written.</summary>
    public static bool IsFatalForBatch(KafkaException failure) =>
        failure.Code is ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.ProducerFenced
            or ErrorCode.UnsupportedVersion;

    /// <summary>
    /// A refusal by the transaction coordinator. Old coordinators say INVALID_PRODUCER_EPOCH where newer ones say PRODUCER_FENCED.
    /// </summary>
    public static KafkaException Refusal(ErrorCode error) =>
        error switch
        {
            ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced => new KafkaException(ErrorCode.ProducerFenced),
            ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration => new CommitFailedException(
                error, $"Transaction offset Commit failed due to consumer group metadata mismatch: {ErrorDescriptions.Describe(error)}"),
            _ => new KafkaException(error),
        };
}
