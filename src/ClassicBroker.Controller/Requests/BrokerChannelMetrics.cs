using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Controller.Requests;

/// <summary>
/// What waits to be sent to one broker, and for how long. Threading: written on the controller's loop, read from any thread.
/// </summary>
internal sealed class BrokerChannelMetrics(MetricHistogram queueTime, KeyValuePair<string, object?> tag)
{
    private int _queued;

    public MetricHistogram QueueTime => queueTime;

    public KeyValuePair<string, object?> Tag => tag;

    public int Queued
    {
        get => Volatile.Read(ref _queued);
        set => Volatile.Write(ref _queued, value);
    }
}
