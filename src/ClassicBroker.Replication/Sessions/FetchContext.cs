using ClassicBroker.Primitives;
using ClassicBroker.Replication.Fetch;

namespace ClassicBroker.Replication.Sessions;

/// <summary>
/// One fetch seen through its session: which partitions it reads, and which of them its response mentions. Owned by the request; used by
/// one thread at a time.
/// </summary>
public sealed class FetchContext
{
    private readonly FetchSessionCache? _cache;
    private readonly FetchSession? _session;
    private readonly int _expectedEpoch;
    private readonly bool _isFollower;
    private readonly bool _usesTopicIds;

    private FetchContext(
        ErrorCode error,
        FetchPartition[] partitions,
        FetchSessionCache? cache = null,
        FetchSession? session = null,
        int expectedEpoch = 0,
        bool isFollower = false,
        bool usesTopicIds = false)
    {
        Error = error;
        Partitions = partitions;
        _cache = cache;
        _session = session;
        _expectedEpoch = expectedEpoch;
        _isFollower = isFollower;
        _usesTopicIds = usesTopicIds;
    }

    /// <summary>An error of the session itself; the response then has no partitions.</summary>
    public ErrorCode Error { get; private set; }

    /// <summary>What to read, in this order.</summary>
    public FetchPartition[] Partitions { get; }

    /// <summary>The id the response carries: 0 where no session goes on.</summary>
    public int SessionId { get; private set; }

    internal static FetchContext Failed(ErrorCode error, int sessionId) => new(error, []) { SessionId = sessionId };

    internal static FetchContext Sessionless(FetchPartition[] partitions) => new(ErrorCode.None, partitions);

    internal static FetchContext Full(FetchSessionCache cache, FetchPartition[] partitions, bool isFollower, bool usesTopicIds) =>
        new(ErrorCode.None, partitions, cache, isFollower: isFollower, usesTopicIds: usesTopicIds);

    internal static FetchContext Incremental(FetchPartition[] partitions, FetchSession session, int expectedEpoch) =>
        new(ErrorCode.None, partitions, session: session, expectedEpoch: expectedEpoch) { SessionId = session.Id };

    /// <summary>
    /// Settles the session and fills <paramref name="mention"/> with what the response mentions; both spans run along <see
    /// cref="Partitions"/>. Sets <see cref="Error"/> where another request moved the session on meanwhile.
    /// </summary>
    public void Complete(ReadOnlySpan<FetchSessionStep> steps, Span<bool> mention)
    {
        if (_session is not null)
        {
            CompleteIncremental(_session, steps, mention);
            return;
        }

        mention.Fill(true);
        if (_cache is not null)
        {
            SessionId = _cache.TryCreate(Partitions, steps, _isFollower, _usesTopicIds);
        }
    }

    private void CompleteIncremental(FetchSession session, ReadOnlySpan<FetchSessionStep> steps, Span<bool> mention)
    {
        lock (session)
        {
            if (session.Epoch != _expectedEpoch)
            {
                Error = ErrorCode.InvalidFetchSessionEpoch;
                mention.Clear();
                return;
            }

            for (var i = 0; i < steps.Length; i++)
            {
                mention[i] = session.Update(Partitions[i].Id, steps[i]);
            }
        }
    }
}
