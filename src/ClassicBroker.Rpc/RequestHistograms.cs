using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Rpc;

/// <summary>The distributions that Kafka's <c>RequestMetrics</c> has for each name of a request. Immutable.</summary>
internal sealed class RequestHistograms(MeterScope meters)
{
    public HistogramFamily RequestBytes { get; } = Of(meters, "RequestBytes", "Length of requests in bytes.");

    public HistogramFamily ResponseBytes { get; } = Of(meters, "ResponseBytes", "Length of responses in bytes.");

    public HistogramFamily TotalTime { get; } =
        Of(meters, "TotalTimeMs", "Time from a request's arrival until its response was sent, in ms.");

    public HistogramFamily RequestQueueTime { get; } =
        Of(meters, "RequestQueueTimeMs", "Time a request waited behind others of the same read, in ms.");

    public HistogramFamily LocalTime { get; } = Of(meters, "LocalTimeMs", "Time a request was processed on this broker, in ms.");

    public HistogramFamily RemoteTime { get; } =
        Of(meters, "RemoteTimeMs", "Time a request waited for followers, for data or for another broker, in ms.");

    public HistogramFamily ThrottleTime { get; } = Of(meters, "ThrottleTimeMs", "Time that quotas held the client back, in ms.");

    public HistogramFamily ResponseQueueTime { get; } =
        Of(meters, "ResponseQueueTimeMs", "Time a response waited for those of earlier requests of its connection, in ms.");

    public HistogramFamily ResponseSendTime { get; } =
        Of(meters, "ResponseSendTimeMs", "Time until the socket had taken a response, in ms.");

    private static HistogramFamily Of(MeterScope meters, string name, string description) =>
        meters.Histograms($"{RequestMetrics.Bean}{name}", description);
}
