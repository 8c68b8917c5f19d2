using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Producers;

/// <summary>
/// Fetches blocks of producer ids as <c>inter.broker.protocol.version</c> demands: from the controller (KIP-730), or by a conditional
/// write to ZooKeeper. Stateless; safe from any thread.
/// </summary>
public sealed class ProducerIdBlocks(
    ControllerGateway controller,
    ProducerIdStore store,
    BrokerIdentity identity,
    MetadataVersion interBrokerProtocol) : IProducerIdBlocks
{
    public async Task<ProducerIdBlock?> AllocateAsync()
    {
        if (!interBrokerProtocol.SupportsAllocateProducerIds())
        {
            return await store.AllocateAsync(identity.BrokerId.Value);
        }

        try
        {
            var request = new AllocateProducerIdsRequest { BrokerId = identity.BrokerId.Value, BrokerEpoch = controller.BrokerEpoch };
            var response = await controller.AllocateProducerIdsAsync(request);
            return response.ErrorCode == ErrorCode.None
                ? new ProducerIdBlock(
                    identity.BrokerId.Value, response.ProducerIdStart, response.ProducerIdStart + response.ProducerIdLen - 1)
                : null;
        }
        catch (BrokerUnreachableException)
        {
            // The producer is told to ask again, and so shall we.
            return null;
        }
    }
}
