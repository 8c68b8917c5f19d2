using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata;

/// <summary>Producer ids a broker may hand out, both ends included.</summary>
public sealed record ProducerIdBlock(int BrokerId, long FirstId, long LastId)
{
    public const int Size = 1000;

    /// <summary>The block that follows <paramref name="latest"/>, or the very first.</summary>
    public static ProducerIdBlock After(ProducerIdBlock? latest, int brokerId)
    {
        if (latest is not null && latest.LastId > long.MaxValue - Size)
        {
            throw new MalformedDataException(
                "Exhausted all producerIds as the next block's end producerId has exceeded the int64 type limit");
        }

        var first = latest is null ? 0 : latest.LastId + 1;
        return new(brokerId, first, first + Size - 1);
    }
}
