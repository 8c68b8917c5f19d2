using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ClassicBroker.Client.Telemetry;

/// <summary>
/// The lag of every partition that a consumer of this process has, as a gauge that is read when a listener asks. Threading: any thread.
/// </summary>
internal sealed class ConsumerLags
{
    private readonly ConcurrentDictionary<ConsumerTelemetry, bool> _consumers = new();

    public ConsumerLags(Meter meter) => meter.CreateObservableGauge(
        "messaging.kafka.consumer.lag", Read, "{message}", "Records that are there and were not handed to the application.");

    public void Add(ConsumerTelemetry consumer) => _consumers.TryAdd(consumer, true);

    public void Remove(ConsumerTelemetry consumer) => _consumers.TryRemove(consumer, out _);

    private List<Measurement<long>> Read()
    {
        List<Measurement<long>> lags = [];
        foreach (var (consumer, _) in _consumers)
        {
            consumer.AddLags(lags);
        }

        return lags;
    }
}
