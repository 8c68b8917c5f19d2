using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Performance;

/// <summary>
/// Counts what the producer performance tool sends: a line every five seconds, and percentiles over a sample at the end. Threading: the
/// producer's network thread, and the tool once everything is flushed.
/// </summary>
internal sealed class ProducerStats : IDeliveryHandler
{
    private const int MaxSamples = 500_000;
    private const long WindowMs = 5000;
    private const double BytesPerMb = 1024 * 1024;

    private readonly TimeProvider _time;
    private readonly TextWriter _output;
    private readonly ProgressLine? _progress;
    private readonly long _expected;
    private readonly int _sampling;
    private readonly List<int> _samples = [];
    private readonly long _startMs;
    private Interval _total;
    private Interval _window;
    private long _windowStartMs;
    private long _failures;

    public ProducerStats(long expectedRecords, TimeProvider time, TextWriter output, ProgressLine? progress = null)
    {
        _time = time;
        _output = output;
        _progress = progress;
        _expected = expectedRecords;
        _sampling = (int)Math.Max(1, expectedRecords / MaxSamples);
        _startMs = time.MonotonicMs();
        _windowStartMs = _startMs;
    }

    /// <summary>The bytes of a record, the same for all of a run or an average of them.</summary>
    public int RecordSize { get; init; }

    /// <summary>Why the last record that failed did; null where none did.</summary>
    public KafkaException? LastFailure { get; private set; }

    public void OnDelivered(long tag, in RecordMetadata metadata)
    {
        var nowMs = _time.MonotonicMs();
        var latencyMs = (int)(nowMs - tag);
        _total.Add(latencyMs, RecordSize);
        _window.Add(latencyMs, RecordSize);
        if (_total.Count % _sampling == 0)
        {
            _samples.Add(latencyMs);
        }

        if (nowMs - _windowStartMs >= WindowMs)
        {
            _progress?.Clear();
            PrintWindow(nowMs);
        }

        _progress?.Show("Sent", _total.Count, _expected);
    }

    public void OnFailed(long tag, KafkaException failure)
    {
        _failures++;
        LastFailure = failure;
    }

    /// <summary>Prints what of Java's producer metrics is known here.</summary>
    public void PrintMetrics(string clientId)
    {
        var seconds = Math.Max(1, _time.MonotonicMs() - _startMs) / 1000.0;
        MetricsTable.Print(
            _output,
            clientId,
            [
                ("producer-metrics:record-error-total", _failures),
                ("producer-metrics:record-queue-and-request-time-avg", _total.AverageMs),
                ("producer-metrics:record-queue-and-request-time-max", _total.MaxMs),
                ("producer-metrics:record-send-rate", _total.Count / seconds),
                ("producer-metrics:record-send-total", _total.Count),
                ("producer-metrics:record-size-avg", RecordSize),
            ]);
    }

    public void PrintTotal()
    {
        var elapsedMs = Math.Max(1, _time.MonotonicMs() - _startMs);
        var recordsPerSecond = 1000.0 * _total.Count / elapsedMs;
        var mbPerSecond = 1000.0 * _total.Bytes / elapsedMs / BytesPerMb;
        var (p50, p95, p99, p999) = Percentiles();
        _progress?.Clear();
        _output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_total.Count} records sent, {recordsPerSecond:F6} records/sec ({mbPerSecond:F2} MB/sec), {_total.AverageMs:F2} ms avg latency, "
            + $"{(double)_total.MaxMs:F2} ms max latency, {p50} ms 50th, {p95} ms 95th, {p99} ms 99th, {p999} ms 99.9th."));
    }

    /// <summary>What <see cref="PrintTotal"/> says, as the entry of a document.</summary>
    public void AddTotal(FactDocument? facts)
    {
        var seconds = Math.Max(1, _time.MonotonicMs() - _startMs) / 1000.0;
        var (p50, p95, p99, p999) = Percentiles();
        facts?.Add("results", json =>
        {
            json.WriteNumber("records", _total.Count);
            json.WriteNumber("bytes", _total.Bytes);
            json.WriteNumber("failures", _failures);
            json.WriteNumber("recordsPerSecond", _total.Count / seconds);
            json.WriteNumber("bytesPerSecond", _total.Bytes / seconds);
            json.WriteNumber("averageLatencyMs", _total.AverageMs);
            json.WriteNumber("maxLatencyMs", _total.MaxMs);
            json.WriteNumber("p50LatencyMs", p50);
            json.WriteNumber("p95LatencyMs", p95);
            json.WriteNumber("p99LatencyMs", p99);
            json.WriteNumber("p999LatencyMs", p999);
        });
    }

    private void PrintWindow(long nowMs)
    {
        var elapsedMs = nowMs - _windowStartMs;
        var recordsPerSecond = 1000.0 * _window.Count / elapsedMs;
        var mbPerSecond = 1000.0 * _window.Bytes / elapsedMs / BytesPerMb;
        _output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_window.Count} records sent, {recordsPerSecond:F1} records/sec ({mbPerSecond:F2} MB/sec), {_window.AverageMs:F1} ms avg latency, "
            + $"{(double)_window.MaxMs:F1} ms max latency."));
        _output.Flush();
        _window = default;
        _windowStartMs = nowMs;
    }

    private (int P50, int P95, int P99, int P999) Percentiles()
    {
        _samples.Sort();
        return (At(0.5), At(0.95), At(0.99), At(0.999));

        int At(double fraction) => _samples.Count == 0 ? 0 : _samples[Math.Min(_samples.Count - 1, (int)(fraction * _samples.Count))];
    }

    private struct Interval
    {
        private long _latencyMs;

        public long Count { get; private set; }

        public long Bytes { get; private set; }

        public int MaxMs { get; private set; }

        public readonly double AverageMs => Count == 0 ? 0 : _latencyMs / (double)Count;

        public void Add(int latencyMs, int bytes)
        {
            Count++;
            Bytes += bytes;
            _latencyMs += latencyMs;
            MaxMs = Math.Max(MaxMs, latencyMs);
        }
    }
}
