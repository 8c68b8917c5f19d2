using ClassicBroker.Primitives;

namespace ClassicBroker.Platform;

/// <summary>Ids drawn from an <see cref="IRandomSource"/>.</summary>
public static class RandomSourceExtensions
{
    /// <summary>A version 4 id that is not reserved and whose text does not begin with a dash, as Kafka draws them (KIP-516).</summary>
    public static Uuid NextUuid(this IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[Uuid.Size];
        while (true)
        {
            random.Fill(bytes);
            var uuid = Uuid.FromRandom(bytes);
            if (!uuid.ToString().StartsWith('-'))
            {
                return uuid;
            }
        }
    }
}
