using System.Globalization;

namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>
/// Holds what producers were told, and what a reader saw while it happened, against the log that is left. The log and the reader's file go
/// by as streams, of any length; kept are eight bytes for each acknowledgement and for each record of the log. One check owns it.
/// </summary>
public sealed class HistoryChecker
{
    private const int AnomaliesToldMax = 20;

    /// <summary>Nothing was acknowledged under this number.</summary>
    private const long Nothing = -1;

    /// <summary>Acknowledged as a repeat of what is in the log: the broker has forgotten where (DUPLICATE_SEQUENCE_NUMBER).</summary>
    private const long Somewhere = -2;

    private readonly SortedDictionary<string, Producer> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<long>> _log = [];
    private readonly List<string> _anomalies = [];
    private int _next;

    /// <summary>Acknowledgements that were read.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Records of the log.</summary>
    public int Logged { get; private set; }

    /// <summary>Records that a reader saw meanwhile.</summary>
    public int Seen { get; private set; }

    /// <summary>Records that stand in the log twice, of producers that do not prevent it.</summary>
    public int Repeated { get; private set; }

    /// <summary>What is wrong, the first of it; empty where all is well.</summary>
    public IReadOnlyList<string> Anomalies => _anomalies;

    /// <summary>Takes a producer's acknowledgements: lines of partition, offset, number; an offset of -1 was not told.</summary>
    public void AddProducer(string name, bool isIdempotent, IEnumerable<string> acknowledged)
    {
        var producer = new Producer(_next++, isIdempotent);
        _producers.Add(name, producer);
        foreach (var line in acknowledged)
        {
            var parts = line.Split(' ');
            var number = int.Parse(parts[2], CultureInfo.InvariantCulture);
            while (producer.Places.Count <= number)
            {
                producer.Places.Add(Nothing);
            }

            var offset = long.Parse(parts[1], CultureInfo.InvariantCulture);
            producer.Places[number] = offset < 0 ? Somewhere : PlaceOf(int.Parse(parts[0], CultureInfo.InvariantCulture), offset);
            Acknowledged++;
        }
    }

    /// <summary>Takes the log as it is in the end: lines of partition, offset, producer, number, in the order of each partition.</summary>
    public void CheckLog(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var record = Parse(line);
            var partition = _log.TryGetValue(record.Partition, out var known) ? known : _log[record.Partition] = [];
            if (record.Offset != partition.Count)
            {
                Report($"offset {partition.Count} of partition {record.Partition} is missing or has two values: {line}");
                return;
            }

            partition.Add(ValueOf(record));
            Logged++;
            CheckRecord(record, line);
        }

        foreach (var (name, producer) in _producers)
        {
            foreach (var (number, place) in producer.Places.Index())
            {
                if (place != Nothing && !(place == Somewhere ? producer.Logged : producer.Confirmed).Contains(number))
                {
                    Report($"lost: record {number} of {name}, acknowledged at {TextOf(place)}");
                }
            }
        }
    }

    /// <summary>
    /// Takes what a reader saw while the cluster was ill: lines as those of the log. What it saw that is not in the log was never committed.
    /// </summary>
    public void CheckReader(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var record = Parse(line);
            Seen++;
            if (!_log.TryGetValue(record.Partition, out var partition)
                || record.Offset >= partition.Count
                || partition[(int)record.Offset] != ValueOf(record))
            {
                Report($"a reader saw what is not in the log: {line}");
            }
        }
    }

    private void CheckRecord((int Partition, long Offset, string Name, int Number) record, string line)
    {
        if (!_producers.TryGetValue(record.Name, out var producer))
        {
            Report($"nothing of this producer was sent: {line}");
            return;
        }

        if (record.Number < producer.Places.Count && producer.Places[record.Number] == PlaceOf(record.Partition, record.Offset))
        {
            producer.Confirmed.Add(record.Number);
        }

        if (!producer.Logged.Add(record.Number))
        {
            Repeated++;
            if (producer.IsIdempotent)
            {
                Report($"twice in the log: {line}");
            }
        }

        var last = producer.LastOf.TryGetValue(record.Partition, out var number) ? number : -1;
        if (producer.IsIdempotent && record.Number < last)
        {
            Report($"behind record {last} of the same producer: {line}");
        }

        producer.LastOf[record.Partition] = Math.Max(last, record.Number);
    }

    private void Report(string anomaly)
    {
        if (_anomalies.Count < AnomaliesToldMax)
        {
            _anomalies.Add(anomaly);
        }
    }

    private long ValueOf((int Partition, long Offset, string Name, int Number) record) =>
        _producers.TryGetValue(record.Name, out var producer) ? ((long)producer.Index << 32) | (uint)record.Number : Nothing;

    private static long PlaceOf(int partition, long offset) => ((long)partition << 48) | offset;

    private static string TextOf(long place) => place == Somewhere ? "an offset that was not told" : $"offset {place & 0xFFFFFFFFFFFF} of partition {place >> 48}";

    private static (int Partition, long Offset, string Name, int Number) Parse(string line)
    {
        var parts = line.Split(' ');
        return (
            int.Parse(parts[0], CultureInfo.InvariantCulture),
            long.Parse(parts[1], CultureInfo.InvariantCulture),
            parts[2],
            int.Parse(parts[3], CultureInfo.InvariantCulture));
    }

    /// <summary>What is known of a producer: where its records were acknowledged, by number, and which the log has.</summary>
    private sealed class Producer(int index, bool isIdempotent)
    {
        public int Index { get; } = index;

        public bool IsIdempotent { get; } = isIdempotent;

        public List<long> Places { get; } = [];

        public HashSet<int> Confirmed { get; } = [];

        public HashSet<int> Logged { get; } = [];

        public Dictionary<int, int> LastOf { get; } = [];
    }
}
