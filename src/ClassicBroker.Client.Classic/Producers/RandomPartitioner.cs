using ClassicBroker.Platform;

namespace ClassicBroker.Client.Classic.Producers;

/// <summary>Any partition for every message, whatever its key. Threading: as its source of randomness, any.</summary>
internal sealed class RandomPartitioner(IRandomSource random) : IMessagePartitioner
{
    public int Partition(object key, int partitions) => random.Next(partitions);
}
