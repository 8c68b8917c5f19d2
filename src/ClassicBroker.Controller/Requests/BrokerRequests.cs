using ClassicBroker.Controller.State;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Requests;

/// <summary>Where batches of requests to brokers come from. Threading: the controller's loop.</summary>
internal sealed class BrokerRequests(
    ControllerConfig config, ControllerContext context, BrokerChannels channels, IBrokerResponses responses, ILogger stateChanges)
{
    public ControllerRequestBatch NewBatch() => new(config, context, channels, responses, stateChanges);

    /// <summary>Tells brokers of all live brokers and of some partitions.</summary>
    public void SendUpdateMetadata(IEnumerable<int> brokers, IEnumerable<TopicPartition> partitions)
    {
        var batch = NewBatch();
        batch.AddUpdateMetadata(brokers, partitions);
        batch.Send();
    }
}
