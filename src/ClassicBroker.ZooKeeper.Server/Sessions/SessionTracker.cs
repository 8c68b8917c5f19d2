using ClassicBroker.Platform;

namespace ClassicBroker.ZooKeeper.Server.Sessions;

/// <summary>
/// The live sessions and when each expires. A session lives on as long as something is heard from it within its timeout. Threading:
/// server loop only.
/// </summary>
internal sealed class SessionTracker(TimeProvider time)
{
    /// <summary>Sessions of a standalone server carry server id 1 in their highest byte.</summary>
    private const long ServerIdBits = 1L << 56;

    private readonly SortedDictionary<long, Session> _sessions = [];
    private long _lastId;

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyCollection<Session> Sessions => _sessions.Values;

    public Session? Find(long id) => _sessions.GetValueOrDefault(id);

    /// <summary>An id no session ever had here: from the clock, and above all that are known.</summary>
    public long NextId()
    {
        var fromClock = ((time.UnixMs() & 0xff_ffff_ffffL) << 16) | ServerIdBits;
        return Math.Max(fromClock, _lastId + 1);
    }

    /// <summary>Adds a session that the log or a snapshot tells of; its full timeout starts now.</summary>
    public Session Add(long id, int timeoutMs)
    {
        if (!_sessions.TryGetValue(id, out var session))
        {
            _sessions[id] = session = new Session(id, timeoutMs);
        }

        _lastId = Math.Max(_lastId, id);
        Touch(session);
        return session;
    }

    public void Remove(long id) => _sessions.Remove(id);

    /// <summary>Something was heard from the session.</summary>
    public void Touch(Session session) => session.ExpiresAtMs = time.MonotonicMs() + session.TimeoutMs;

    /// <summary>Sessions not heard of for their timeout.</summary>
    public IReadOnlyList<Session> Overdue()
    {
        var nowMs = time.MonotonicMs();
        return [.. _sessions.Values.Where(session => session.ExpiresAtMs <= nowMs)];
    }
}
