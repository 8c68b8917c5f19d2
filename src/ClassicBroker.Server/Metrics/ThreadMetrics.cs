using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// How busy the broker's threads are, under the names of Kafka's <c>SocketServer</c>, <c>Processor</c>, <c>RequestChannel</c> and
/// <c>KafkaRequestHandlerPool</c>. The threads belong to the executable, which registers them. Stateless; the instruments belong to the
/// scope.
/// </summary>
public static class ThreadMetrics
{
    public static void Register(MeterScope meters, EventLoopGroup network, WorkerPool handlers, TimeProvider time)
    {
        var average = new TimeRatio(time, initial: 1);
        var byProcessor = new ConcurrentDictionary<string, TimeRatio>(StringComparer.Ordinal);
        meters.Gauge(
            "kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent",
            "Part of their time that network threads wait, from 0 to 1.",
            () => average.Measure(
                network.Loops.Aggregate(TimeSpan.Zero, (total, loop) => total + loop.IdleTime), network.Loops.Count));
        meters.Gauges(
            "kafka.network:type=Processor,name=IdlePercent",
            "Part of its time that a network thread waits, from 0 to 1.",
            () => network.Loops.Select((loop, number) => new Measurement<double>(
                byProcessor.GetOrAdd(loop.Name, _ => new TimeRatio(time, initial: 1)).Measure(loop.IdleTime, threads: 1),
                new KeyValuePair<string, object?>("networkProcessor", $"{number}"))));
        var began = time.GetTimestamp();
        var handlersIdle = new TimeRatio(time, initial: 1);
        meters.Gauge(
            "kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent",
            "Part of their time that the threads for long reads wait, from 0 to 1.",
            () => handlersIdle.Measure((time.GetElapsedTime(began) * handlers.ThreadsMax) - handlers.BusyTime, handlers.ThreadsMax));
        meters.Gauge(
            "kafka.network:type=RequestChannel,name=RequestQueueSize",
            "Requests that wait for a thread that may read from a disk; the others start as they come.",
            () => handlers.Waiting);
    }
}
