using System.Diagnostics;

namespace ClassicBroker.Client.Telemetry;

/// <summary>Ends the span of a record with its outcome, then tells the application's handler. Threading: the client's loop.</summary>
internal sealed class TracedDelivery(Activity activity, IDeliveryHandler? handler) : IDeliveryHandler
{
    public void OnDelivered(long tag, in RecordMetadata metadata)
    {
        ProducerTelemetry.End(activity, metadata);
        handler?.OnDelivered(tag, metadata);
    }

    public void OnFailed(long tag, KafkaException failure)
    {
        ProducerTelemetry.Fail(activity, failure);
        handler?.OnFailed(tag, failure);
    }
}
