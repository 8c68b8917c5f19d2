using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Control;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Producers;

/// <summary>
/// Fetches blocks of producer ids as <c>inter.broker.protocol.version</c> demands: from the controller (KIP-730), or by a conditional
/// write to ZooKeeper. Stateless; safe from any thread.
/// </summary>
public sealed partial class ProducerIdBlocks(
    ControllerGateway controller,
    ProducerIdStore store,
    BrokerIdentity identity,
    MetadataVersion interBrokerProtocol,
    ILogger<ProducerIdBlocks> logger) : IProducerIdBlocks
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
            if (response.ErrorCode == ErrorCode.None)
            {
                return new ProducerIdBlock(
                    identity.BrokerId.Value, response.ProducerIdStart, response.ProducerIdStart + response.ProducerIdLen - 1);
            }

            LogRefused(response.ErrorCode.WireName());
        }
        catch (BrokerUnreachableException unreachable)
        {
            LogUnreachable(unreachable.Message);
        }

        // The producer is told to ask again, and so shall we.
        return null;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The controller gave no block of producer ids ({Error}); until it does, idempotent producers get no id here. "
            + "Its own log says why")]
    private partial void LogRefused(string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The controller was not reached for a block of producer ids; until it is, idempotent producers get no id here: {Reason}")]
    private partial void LogUnreachable(string reason);
}
