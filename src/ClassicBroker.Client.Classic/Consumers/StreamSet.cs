using ClassicBroker.Metadata;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// The streams of a member, and what it registers for them: a number of its own streams for each topic, or streams that share all topics of
/// a filter. Immutable, but for what lies in the streams.
/// </summary>
internal sealed class StreamSet
{
    private readonly string _pattern;
    private readonly SortedDictionary<string, int> _subscription = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, StreamQueue[]> _byTopic = new(StringComparer.Ordinal);
    private readonly StreamQueue[] _shared = [];

    public StreamSet(IReadOnlyDictionary<string, int> counts, Func<int, StreamQueue> newStream)
    {
        _pattern = ConsumerRegistration.Static;
        foreach (var (topic, count) in counts)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(counts));
            _subscription[topic] = count;
            _byTopic[topic] = [.. Enumerable.Range(0, count).Select(newStream)];
        }
    }

    public StreamSet(TopicFilter filter, int count, Func<int, StreamQueue> newStream)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _pattern = filter.Pattern;
        _subscription[filter.Expression] = count;
        _shared = [.. Enumerable.Range(0, count).Select(newStream)];
    }

    public IEnumerable<StreamQueue> All => _shared.Concat(_byTopic.Values.SelectMany(streams => streams));

    /// <summary>The stream of a thread for a topic.</summary>
    public StreamQueue Of(string topic, int number) => _shared.Length > 0 ? _shared[number] : _byTopic[topic][number];

    public IReadOnlyList<StreamQueue> OfTopic(string topic) => _byTopic[topic];

    public ConsumerRegistration Registration(long nowMs) => new(_pattern, _subscription, nowMs);

    public void Clear()
    {
        foreach (var stream in All)
        {
            stream.Clear();
        }
    }

    public void Close()
    {
        foreach (var stream in All)
        {
            stream.Close();
        }
    }
}
