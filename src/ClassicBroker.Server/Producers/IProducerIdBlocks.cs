using ClassicBroker.Metadata;

namespace ClassicBroker.Server.Producers;

/// <summary>Where blocks of producer ids come from: the controller (KIP-730), or ZooKeeper at an older inter-broker protocol.</summary>
public interface IProducerIdBlocks
{
    /// <summary>A block that no other broker has; null where none is to be had now.</summary>
    Task<ProducerIdBlock?> AllocateAsync();
}
