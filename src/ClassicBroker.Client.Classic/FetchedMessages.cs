using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic;

/// <summary>What a broker answered to the fetch of one partition. Immutable.</summary>
/// <param name="Error">Why there are no messages; <see cref="ErrorCode.None"/> where there may be some.</param>
/// <param name="HighWatermark">The offset behind the newest message consumers may see; -1 with an error.</param>
/// <param name="Messages">Messages from the offset asked for on, in order; keys and values as bytes.</param>
public sealed record FetchedMessages(
    ErrorCode Error, long HighWatermark, IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>> Messages)
{
    /// <summary>The offset to fetch next; null where no message came. Behind the last batch, which may end with markers.</summary>
    public long? NextOffset { get; init; }
}
