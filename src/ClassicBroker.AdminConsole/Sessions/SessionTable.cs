using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Platform;

namespace ClassicBroker.AdminConsole.Sessions;

/// <summary>
/// The sessions that have begun and not ended: by the user, after <paramref name="idle"/> without use, or after half a day. Sessions are
/// found by a hash of their id, so that looking one up takes no longer for an id that is nearly right. Bounded: where there are too many,
/// the one unused for longest ends. Threading: any.
/// </summary>
internal sealed class SessionTable(TimeProvider time, TimeSpan idle)
{
    private const int SessionsMax = 1000;
    private const int SecretBytes = 32;

    private static readonly SystemRandomSource Chance = new();
    private static readonly TimeSpan LifeMax = TimeSpan.FromHours(12);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _sessions = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    public static string NewSecret()
    {
        Span<byte> secret = stackalloc byte[SecretBytes];
        Chance.Fill(secret);
        return Base64Url.EncodeToString(secret);
    }

    public ConsoleSession Begin(string user, ConsoleRole role)
    {
        var session = new ConsoleSession(NewSecret(), NewSecret(), user, role);
        lock (_lock)
        {
            RemoveEnded();
            if (_sessions.Count >= SessionsMax)
            {
                _sessions.Remove(_sessions.MinBy(entry => entry.Value.UsedAt).Key);
            }

            var now = time.GetTimestamp();
            _sessions[KeyOf(session.Id)] = new Entry(session, now) { UsedAt = now };
        }

        return session;
    }

    /// <summary>The session of a cookie, which is used by that; null where there is none, or it has ended.</summary>
    public ConsoleSession? Find(string? id)
    {
        if (string.IsNullOrEmpty(id))
        {
            return null;
        }

        lock (_lock)
        {
            if (!_sessions.TryGetValue(KeyOf(id), out var entry))
            {
                return null;
            }

            if (HasEnded(entry))
            {
                _sessions.Remove(KeyOf(id));
                return null;
            }

            entry.UsedAt = time.GetTimestamp();
            return entry.Session;
        }
    }

    public void End(ConsoleSession session)
    {
        lock (_lock)
        {
            _sessions.Remove(KeyOf(session.Id));
        }
    }

    private static string KeyOf(string id) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    private bool HasEnded(Entry entry) => time.GetElapsedTime(entry.UsedAt) > idle || time.GetElapsedTime(entry.BegunAt) > LifeMax;

    private void RemoveEnded()
    {
        foreach (var key in _sessions.Where(entry => HasEnded(entry.Value)).Select(entry => entry.Key).ToArray())
        {
            _sessions.Remove(key);
        }
    }

    private sealed class Entry(ConsoleSession session, long begunAt)
    {
        public ConsoleSession Session { get; } = session;

        public long BegunAt { get; } = begunAt;

        public long UsedAt { get; set; }
    }
}
