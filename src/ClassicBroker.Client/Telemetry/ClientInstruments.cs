using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ClassicBroker.Client.Telemetry;

/// <summary>
/// What the clients of a process measure. Listeners know a meter and a source by their names, so that there is one of each in a process.
/// Threading: any thread.
/// </summary>
internal static class ClientInstruments
{
    /// <summary>The boundaries OpenTelemetry asks for, in seconds.</summary>
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private static readonly string? Version = typeof(ClientInstruments).Assembly.GetName().Version?.ToString(3);

    private static readonly Meter Meter = new(KafkaTelemetry.Name, Version);

    public static readonly ActivitySource Source = new(KafkaTelemetry.Name, Version ?? "");

    public static readonly Histogram<double> OperationDuration = Meter.CreateHistogram(
        "messaging.client.operation.duration", "s", "Duration of operations that a client began: batches sent, polls, commits.", null, Durations);

    public static readonly Counter<long> Sent = Meter.CreateCounter<long>(
        "messaging.client.sent.messages", "{message}", "Records that a producer tried to send.");

    public static readonly Counter<long> Consumed = Meter.CreateCounter<long>(
        "messaging.client.consumed.messages", "{message}", "Records handed to the application.");

    public static readonly Histogram<double> ProcessDuration = Meter.CreateHistogram(
        "messaging.process.duration", "s", "Duration of the application's work on a record.", null, Durations);

    /// <summary>The consumers whose lag is told.</summary>
    public static readonly ConsumerLags Lags = new(Meter);
}
