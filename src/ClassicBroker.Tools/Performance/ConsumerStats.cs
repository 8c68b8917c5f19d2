using System.Globalization;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Performance;

/// <summary>Counts what the consumer performance tool reads, and prints it in rows separated by commas. Used by one tool.</summary>
internal sealed class ConsumerStats
{
    private const double BytesPerMb = 1024 * 1024;

    private readonly TimeProvider _time;
    private readonly string _dateFormat;
    private readonly bool _isDetailed;
    private readonly DateTimeOffset _start;
    private readonly long _startMs;
    private long _bytes;
    private long _joinMs;
    private long _joinMsInPeriod;
    private long _lastReportMs;
    private long _lastBytes;
    private long _lastMessages;

    public ConsumerStats(TimeProvider time, string javaDateFormat, bool isDetailed)
    {
        _time = time;
        _isDetailed = isDetailed;

        // Java writes fractions of a second with an S, .NET with an f; the rest of the usual letters agree.
        _dateFormat = javaDateFormat.Replace('S', 'f');
        _start = time.GetLocalNow();
        _startMs = time.MonotonicMs();
        _lastReportMs = _startMs;
    }

    public long Messages { get; private set; }

    public string Header
    {
        get
        {
            var first = _isDetailed ? "time, threadId" : "start.time, end.time";
            return $"{first}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec";
        }
    }

    /// <summary>Partitions were assigned, which took so long.</summary>
    public void Joined(long elapsedMs)
    {
        _joinMs += elapsedMs;
        _joinMsInPeriod += elapsedMs;
    }

    public void Add(int bytes)
    {
        Messages++;
        _bytes += bytes;
    }

    /// <summary>Whether a row is wanted now.</summary>
    public bool IsDue(long intervalMs) => _isDetailed && _time.MonotonicMs() - _lastReportMs >= intervalMs;

    /// <summary>Prints a row for the time since the last one.</summary>
    public void Report(TextWriter output)
    {
        var nowMs = _time.MonotonicMs();
        var row = Row(_bytes - _lastBytes, Messages - _lastMessages, nowMs - _lastReportMs, _joinMsInPeriod, totals: (_bytes, Messages));
        output.WriteLine($"{Format(_time.GetLocalNow())}, 0, {row}");
        output.Flush();
        (_lastReportMs, _lastBytes, _lastMessages, _joinMsInPeriod) = (nowMs, _bytes, Messages, 0);
    }

    public void PrintTotal(TextWriter output)
    {
        if (!_isDetailed)
        {
            var row = Row(_bytes, Messages, _time.MonotonicMs() - _startMs, _joinMs, totals: (_bytes, Messages));
            output.WriteLine($"{Format(_start)}, {Format(_time.GetLocalNow())}, {row}");
        }
    }

    /// <summary>What <see cref="PrintTotal"/> says, as the entry of a document.</summary>
    public void AddTotal(FactDocument? facts)
    {
        var elapsedMs = Math.Max(1, _time.MonotonicMs() - _startMs);
        var fetchMs = Math.Max(elapsedMs - _joinMs, 1);
        facts?.Add("results", json =>
        {
            json.WriteNumber("records", Messages);
            json.WriteNumber("bytes", _bytes);
            json.WriteNumber("recordsPerSecond", 1000.0 * Messages / elapsedMs);
            json.WriteNumber("bytesPerSecond", 1000.0 * _bytes / elapsedMs);
            json.WriteNumber("rebalanceTimeMs", _joinMs);
            json.WriteNumber("fetchTimeMs", fetchMs);
        });
    }

    /// <summary>Prints what of Java's consumer metrics is known here.</summary>
    public void PrintMetrics(TextWriter output, string clientId)
    {
        var seconds = Math.Max(1, _time.MonotonicMs() - _startMs) / 1000.0;
        MetricsTable.Print(
            output,
            clientId,
            [
                ("consumer-fetch-manager-metrics:bytes-consumed-rate", _bytes / seconds),
                ("consumer-fetch-manager-metrics:bytes-consumed-total", _bytes),
                ("consumer-fetch-manager-metrics:records-consumed-rate", Messages / seconds),
                ("consumer-fetch-manager-metrics:records-consumed-total", Messages),
            ]);
    }

    private static string Row(long bytes, long messages, long elapsedMs, long joinMs, (long Bytes, long Messages) totals)
    {
        var seconds = Math.Max(elapsedMs, 1) / 1000.0;
        var fetchMs = Math.Max(elapsedMs - joinMs, 1);
        var megabytes = bytes / BytesPerMb;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{totals.Bytes / BytesPerMb:F4}, {megabytes / seconds:F4}, {totals.Messages}, {messages / seconds:F4}, "
            + $"{joinMs}, {fetchMs}, {megabytes / (fetchMs / 1000.0):F4}, {messages / (fetchMs / 1000.0):F4}");
    }

    private string Format(DateTimeOffset moment) => moment.ToString(_dateFormat, CultureInfo.InvariantCulture);
}
