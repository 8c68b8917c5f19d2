using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A commit came too late: the group has rebalanced and given the partitions to another member.</summary>
public sealed class CommitFailedException : KafkaException
{
    internal CommitFailedException(ErrorCode code)
        : this(
            code,
            "Offset commit cannot be completed since the consumer is not part of an active group for auto partition assignment; it is "
            + "likely that the consumer was kicked out of the group.")
    {
    }

    internal CommitFailedException(ErrorCode code, string message)
        : base(code, message)
    {
    }
}
